package runbooks_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "quiesce/runbooks"
)

const referring = `version: 1
name: n
inputs:
  pack: {type: path, default: /srv}
  port: {type: int, default: 80}
  force: {type: bool, default: true}
  wait: {type: duration, default: 90m}
  names: {type: list, default: [a, b]}
  password: {secret: true}
steps:
  - id: stop
    action: stop-services
    with: {services: "${{ inputs.names }}", force: "${{ inputs.force }}", timeout: "${{ inputs.wait }}"}
  - id: run
    action: run-command
    with:
      command: [login, "--password=${{ inputs.password }}", "$${{ kept }}", "${{ steps.stop.outputs.stopped }}", "${{ inputs.port }}", "after ${{ inputs.wait }}"]
      env: {WHO: "${{ host.name }}-${{ host.os }}"}
      undo: [logout]
      timeout: "${{ inputs.port }}s"
  - id: web
    action: check
    with:
      http: {url: "${{ inputs.password }}", status: "2${{ inputs.port }}"}
`

func scope(t *testing.T, rb *Runbook, given map[string]string) Scope {
	t.Helper()
	bound, diags := rb.Bind(given)
	if diags != nil {
		t.Fatal(diags)
	}
	return Scope{
		Inputs:  bound,
		Host:    map[string]string{"name": "mail1", "os": "windows", "arch": "amd64"},
		Outputs: map[string]map[string]any{"stop": {"stopped": []string{"web", "db"}}},
	}
}

func resolve(t *testing.T, rb *Runbook, i int, sc Scope) (Params, []string) {
	t.Helper()
	spec, _ := actions().Action(rb.Steps[i].Action)
	p, diags := rb.Steps[i].Resolve(spec, sc)
	var told []string
	for _, d := range diags {
		told = append(told, d.String())
	}
	return p, told
}

func TestResolve(t *testing.T) {
	t.Parallel()
	rb := parse(t, referring)
	sc := scope(t, rb, map[string]string{"password": "hunter2"})
	t.Run("a value that is one reference keeps its type, and defaults are filled in", func(t *testing.T) {
		t.Parallel()
		p, told := resolve(t, rb, 0, sc)
		want := map[string]any{"services": []any{"a", "b"}, "force": true, "timeout": 90 * time.Minute, "dependents": "stop"}
		if d := cmp.Diff(want, p.Values); d != "" || told != nil {
			t.Errorf("parameters (-want +got):\n%s%v", d, told)
		}
		if p.At("services").Start.Column != 22 || p.At("dependents") != rb.Steps[0].Range {
			t.Errorf("services stands at %v, the default at %v", p.At("services"), p.At("dependents"))
		}
	})
	t.Run("inside a text a value is formatted, and a secret stays a reference", func(t *testing.T) {
		t.Parallel()
		one := sc
		one.Outputs = map[string]map[string]any{"stop": {"stopped": "web"}}
		p, told := resolve(t, rb, 1, one)
		want := map[string]any{
			"command":     []any{"login", "--password=${{ inputs.password }}", "${{ kept }}", "web", "80", "after 1h30m"},
			"env":         map[string]any{"WHO": "mail1-windows"},
			"undo":        []any{"logout"},
			"timeout":     80 * time.Second,
			"expect-exit": []any{0},
		}
		delete(want, "command")
		if want := "runbook.yaml:17:61: an item of command holds ${{ from elsewhere, where only references to secrets may stand"; len(told) != 1 || told[0] != want {
			t.Errorf("got %v, want %s", told, want)
		}
		delete(p.Values, "command")
		if d := cmp.Diff(want, p.Values); d != "" {
			t.Errorf("parameters (-want +got):\n%s", d)
		}
	})
	t.Run("a text of pieces may come to a number", func(t *testing.T) {
		t.Parallel()
		p, told := resolve(t, rb, 2, sc)
		want := map[string]any{"http": map[string]any{"url": "${{ inputs.password }}", "status": 280}, "insecure": false}
		if d := cmp.Diff(want, p.Values); d != "" || told != nil {
			t.Errorf("parameters (-want +got):\n%s%v", d, told)
		}
	})
	t.Run("a value of another type than promised is told", func(t *testing.T) {
		t.Parallel()
		_, told := resolve(t, rb, 1, sc)
		want := "runbook.yaml:17:77: an item of command wants text, not a list"
		if len(told) != 2 || told[1] != want {
			t.Errorf("got %v, want %s", told, want)
		}
	})
	t.Run("a step that was skipped has no outputs", func(t *testing.T) {
		t.Parallel()
		skipped := sc
		skipped.Outputs = nil
		_, told := resolve(t, rb, 1, skipped)
		if want := "runbook.yaml:17:77: step stop does not run, so it has no outputs (give this step the same condition)"; len(told) != 2 || told[0] != want {
			t.Errorf("got %v, want %s", told, want)
		}
	})
	t.Run("an input cannot smuggle in a reference to a secret", func(t *testing.T) {
		t.Parallel()
		rb := parse(t, "version: 1\nname: n\ninputs: {a: {}, password: {secret: true}}\nsteps:\n- id: x\n  action: check\n  with: {http: {url: 'http://${{ inputs.a }}'}}\n")
		_, told := resolve(t, rb, 0, scope(t, rb, map[string]string{"a": "${{ inputs.password }}", "password": "hunter2"}))
		if want := "runbook.yaml:7:22: url holds ${{ from elsewhere, where only references to secrets may stand"; len(told) != 1 || told[0] != want {
			t.Errorf("got %v, want %s", told, want)
		}
	})
}

func TestItems(t *testing.T) {
	t.Parallel()
	rb := parseAndCheck(t, `version: 1
name: n
inputs: {names: {type: list, default: [a, b]}}
steps:
  - id: stop
    action: stop-services
    with: {services: "${{ inputs.names }}"}
  - {id: a, action: check, for-each: "${{ steps.stop.outputs.stopped }}", as: service, with: {tcp: "${{ service }}:80"}}
  - {id: b, action: check, for-each: ["${{ host.name }}", "x"], as: one, with: {tcp: "${{ one }}:80"}}
  - {id: c, action: check, for-each: [{at: x, port: 1}, {at: y, port: 2}], as: it, when: it.port > 1, with: {tcp: "${{ it.at }}:${{ it.port }}"}}
`)
	sc := scope(t, rb, nil)
	for i, want := range [][]any{nil, {"web", "db"}, {"mail1", "x"}, {map[string]any{"at": "x", "port": 1}, map[string]any{"at": "y", "port": 2}}} {
		got, diags := rb.Steps[i].Items(rb, sc)
		if d := cmp.Diff(want, got); d != "" || diags != nil {
			t.Errorf("step %d (-want +got):\n%s%v", i, d, diags)
		}
	}
	t.Run("the loop variable is known in the step", func(t *testing.T) {
		for port, on := range map[int]bool{1: false, 2: true} {
			sc.Each = map[string]any{"it": map[string]any{"at": "x", "port": port}}
			p, told := resolve(t, rb, 3, sc)
			if enabled, diags := rb.Steps[3].Enabled(rb, sc); enabled != on || diags != nil {
				t.Errorf("port %d: enabled %v, %v", port, enabled, diags)
			}
			if want := map[int]string{1: "x:1", 2: "x:2"}[port]; p.Values["tcp"] != want || told != nil {
				t.Errorf("got %v, %v, want %s", p.Values["tcp"], told, want)
			}
		}
	})
	t.Run("a variable that has no such name", func(t *testing.T) {
		sc.Each = map[string]any{"it": map[string]any{"at": "x"}}
		if _, told := resolve(t, rb, 3, sc); len(told) != 1 || told[0] != "runbook.yaml:10:115: it.port does not exist in this value of for-each" {
			t.Errorf("got %v", told)
		}
	})
}

func TestDecode(t *testing.T) {
	t.Parallel()
	type policy string
	type rule struct {
		Paths  []string `param:"paths"`
		Policy policy   `param:"policy"`
	}
	type http struct {
		URL     string            `param:"url"`
		Status  uint16            `param:"status"`
		Headers map[string]string `param:"headers"`
	}
	type all struct {
		Services  []string       `param:"services"`
		InUse     policy         `param:"in-use"`
		Timeout   time.Duration  `param:"timeout"`
		Force     bool           `param:"force"`
		HTTP      *http          `param:"http"`
		TCP       *string        `param:"tcp"`
		Rules     []rule         `param:"rules"`
		Overwrite any            `param:"overwrite"`
		Exits     []int          `param:"exits"`
		By        map[string]int `param:"by"`
		private   int
	}
	values := map[string]any{
		"services": []any{"a", "b"}, "in-use": "rename", "timeout": time.Minute, "force": true,
		"http":      map[string]any{"url": "x", "status": 200, "headers": map[string]any{"A": "b"}},
		"rules":     []any{map[string]any{"paths": []any{"*"}, "policy": "never"}},
		"overwrite": "if-newer", "exits": []any{0, 1}, "by": map[string]any{"x": 1},
	}
	var got all
	if err := (Params{Values: values}).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := all{[]string{"a", "b"}, "rename", time.Minute, true, &http{"x", 200, map[string]string{"A": "b"}}, nil,
		[]rule{{[]string{"*"}, "never"}}, "if-newer", []int{0, 1}, map[string]int{"x": 1}, 0}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(all{})); d != "" {
		t.Errorf("decoded (-want +got):\n%s", d)
	}
	for name, c := range map[string]struct {
		values map[string]any
		want   string
	}{
		"a parameter without a field": {map[string]any{"other": 1}, "decode parameters: other: runbooks_test.all has no field for it"},
		"another type":                {map[string]any{"force": "yes"}, "decode parameters: force: string does not fit bool"},
		"a number that is too large":  {map[string]any{"http": map[string]any{"status": 70000}}, "decode parameters: http: status: int does not fit uint16"},
		"an item of another type":     {map[string]any{"exits": []any{0, "1"}}, "decode parameters: exits: item 1: string does not fit int"},
		"a list for a map":            {map[string]any{"by": []any{}}, "decode parameters: by: a list does not fit map[string]int"},
		"a map for a list":            {map[string]any{"exits": map[string]any{}}, "decode parameters: exits: a map does not fit []int"},
		"a number for a duration":     {map[string]any{"timeout": "5s"}, "decode parameters: timeout: string does not fit time.Duration"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := (Params{Values: c.values}).Decode(new(all)); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if err := (Params{}).Decode(all{}); err == nil {
		t.Error("decoding into a struct that cannot be set is no error")
	}
}

func TestExpandSecrets(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{"password": "hunter2${{ x", "empty": ""}
	for text, want := range map[string]string{
		"plain":                                "plain",
		"${{ inputs.password }}":               "hunter2${{ x",
		"a ${{inputs.password}} b":             "a hunter2${{ x b",
		"${{ inputs.empty }}":                  "",
		"${{ inputs.empty }}${{inputs.empty}}": "",
	} {
		if got, err := ExpandSecrets(text, secrets); got != want || err != nil {
			t.Errorf("%s becomes %q, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"${{ inputs.other }}":           "expand secrets: inputs.other is no secret input that has a value",
		"${{ steps.a.outputs.b }}":      "expand secrets: steps.a.outputs.b is no secret input that has a value",
		"${{ inputs.password } hunter2": "expand secrets: the reference has no end",
	} {
		if got, err := ExpandSecrets(text, secrets); err == nil || err.Error() != want || got != "" {
			t.Errorf("%s becomes %q, %v", text, got, err)
		}
	}
}
