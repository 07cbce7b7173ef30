package runbooks_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "quiesce/runbooks"
)

const withInputs = `version: 1
name: n
inputs:
  pack: {type: path, required: true}
  color: {enum: [red, green], default: red}
  port: {type: int, default: 80}
  force: {type: bool}
  wait: {type: duration, default: 90s}
  names: {type: list}
  user: {pattern: "[a-z]+"}
  password: {secret: true, pattern: "[a-z0-9]{4,}"}
steps:
  - {id: a, action: check, with: {tcp: "x:1"}}
`

func TestBind(t *testing.T) {
	t.Parallel()
	rb := parseAndCheck(t, withInputs)
	t.Run("texts are read by the type of their input", func(t *testing.T) {
		t.Parallel()
		bound, diags := rb.Bind(map[string]string{"pack": "sp4", "port": "8080", "force": "true", "wait": "1h", "names": " a, b,,c", "user": "ann", "password": "hunter2"})
		if diags != nil {
			t.Fatal(diags)
		}
		want := map[string]any{"pack": "sp4", "color": "red", "port": 8080, "force": true, "wait": time.Hour, "names": []any{"a", "b", "c"}, "user": "ann"}
		if d := cmp.Diff(want, bound.Values); d != "" {
			t.Errorf("values (-want +got):\n%s", d)
		}
		if d := cmp.Diff(map[string]string{"password": "hunter2"}, bound.Secrets); d != "" {
			t.Errorf("secrets (-want +got):\n%s", d)
		}
		shown, err := json.Marshal(bound.Public())
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"color":"red","force":true,"names":["a","b","c"],"pack":"sp4","password":{"secret":true},"port":8080,"user":"ann","wait":"1h"}`; string(shown) != want {
			t.Errorf("a plan shows %s\nwant %s", shown, want)
		}
	})
	t.Run("without value and default an input is empty", func(t *testing.T) {
		t.Parallel()
		bound, diags := rb.Bind(map[string]string{"pack": "p"})
		if diags != nil {
			t.Fatal(diags)
		}
		if d := cmp.Diff(map[string]any{"pack": "p", "color": "red", "port": 80, "force": false, "wait": 90 * time.Second, "names": []any{}, "user": ""}, bound.Values); d != "" {
			t.Error(d)
		}
	})
	for _, c := range []struct{ name, value, want string }{
		{"pack", "p", ""},
		{"port", "many", `runbook.yaml:6:3: input port wants a whole number, not the text "many"`},
		{"port", "0080", "runbook.yaml:6:3: input port wants a whole number, not the number 0080 (a leading 0 is ambiguous: write 80, or 0o80 if it is octal)"},
		{"force", "yes", `runbook.yaml:7:3: input force wants true or false, not the text "yes" (write true, without quotes)`},
		{"wait", "30", `runbook.yaml:8:3: input wait wants a duration such as 30s, not the text "30" (units are ms, s, m and h: 1h30m)`},
		{"color", "blue", "runbook.yaml:5:3: input color wants one of red, green, not blue"},
		{"names", "[a, b", "runbook.yaml:9:3: input names is no list: write a,b or [a, b]"},
		{"names", "[a, 'b,c']", ""},
		{"names", "", ""},
		{"user", "Ann7", `runbook.yaml:10:3: input user does not match [a-z]+: "Ann7"`},
		{"password", "NO!", "runbook.yaml:11:3: input password does not match [a-z0-9]{4,}"},
		{"colour", "red", "the runbook has no input colour (did you mean color?)"},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			t.Parallel()
			given := map[string]string{"pack": "p", c.name: c.value}
			_, diags := rb.Bind(given)
			got := ""
			for _, d := range diags {
				got += d.String()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	t.Run("a secret that cannot be masked is refused, and not shown", func(t *testing.T) {
		t.Parallel()
		rb := parseAndCheck(t, "version: 1\nname: n\ninputs: {pin: {secret: true}}\nsteps:\n- id: x\n  action: check\n  with: {tcp: x}\n")
		for value, refused := range map[string]bool{"": false, "q": true, "q7z": true, "äöü": true, "q7zj": false} {
			_, diags := rb.Bind(map[string]string{"pin": value})
			want := "runbook.yaml:3:10: input pin is a secret of fewer than 4 characters, which cannot be masked in what programs write (give a longer one)"
			if refused && (len(diags) != 1 || diags[0].String() != want) || !refused && len(diags) > 0 {
				t.Errorf("%d bytes: got %v", len(value), diags)
			}
		}
	})
	t.Run("a missing input says how to give it", func(t *testing.T) {
		t.Parallel()
		_, diags := rb.Bind(nil)
		if want := "runbook.yaml:4:3: input pack wants a value (give it with --input pack=…)"; len(diags) != 1 || diags[0].String() != want {
			t.Errorf("got %v, want %s", diags, want)
		}
	})
}

func TestBindValues(t *testing.T) {
	t.Parallel()
	rb := parseAndCheck(t, withInputs)
	t.Run("a file of inputs, with one given beside it", func(t *testing.T) {
		t.Parallel()
		given, diags := ParseInputs("in.yaml", []byte("pack: /srv\nport: 8080\nnames: [a, b]\nwait: 5m\npassword: hunter2\n"), Limits{})
		if diags != nil {
			t.Fatal(diags)
		}
		given["port"] = Text("81")
		bound, diags := rb.BindValues(given)
		if diags != nil {
			t.Fatal(diags)
		}
		if bound.Values["port"] != 81 || bound.Values["wait"] != 5*time.Minute || bound.Secrets["password"] != "hunter2" {
			t.Errorf("got %v, %v", bound.Values, bound.Secrets)
		}
	})
	t.Run("mistakes point into the file", func(t *testing.T) {
		t.Parallel()
		given, _ := ParseInputs("in.yaml", []byte("pack: 0644\nport: \"80\"\nforce: {}\nnames: [1]\npassword: 1234\n"), Limits{})
		_, diags := rb.BindValues(given)
		var got []string
		for _, d := range diags {
			got = append(got, d.String())
		}
		want := []string{
			`in.yaml:1:7: input pack wants a path, not the number 0644 (quote it: "0644")`,
			`in.yaml:2:7: input port wants a whole number, not the text "80" (remove the quotes)`,
			`in.yaml:3:8: input force wants true or false, not a map`,
			`in.yaml:4:9: an item of input names wants text, not the number 1 (quote it: "1")`,
			`in.yaml:5:11: input password wants text`,
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("diagnostics (-want +got):\n%s", d)
		}
		if strings.Contains(strings.Join(got, ""), "1234") {
			t.Error("a message shows the secret")
		}
	})
	t.Run("data of a JSON decoder", func(t *testing.T) {
		t.Parallel()
		var data map[string]any
		if err := json.Unmarshal([]byte(`{"pack": "p", "port": 8080, "names": ["a"], "force": true}`), &data); err != nil {
			t.Fatal(err)
		}
		bound, diags := rb.BindValues(data)
		if diags != nil || bound.Values["port"] != 8080 || !cmp.Equal(bound.Values["names"], []any{"a"}) {
			t.Errorf("got %v, %v", bound.Values, diags)
		}
	})
	t.Run("a file that is none", func(t *testing.T) {
		t.Parallel()
		for src, want := range map[string]string{
			"- a\n": "in.yaml:1:1: a file of inputs is a map of names and values, not a list (write name: value)",
			"a: [":  "in.yaml:1:1: a value is missing, or a bracket is not closed",
		} {
			if _, diags := ParseInputs("in.yaml", []byte(src), Limits{}); len(diags) != 1 || diags[0].String() != want {
				t.Errorf("got %v, want %s", diags, want)
			}
		}
	})
}
