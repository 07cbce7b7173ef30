package runbooks_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	. "quiesce/runbooks"
)

const conditional = `version: 1
name: n
inputs:
  port: {type: int, default: 80}
  path: {type: path, default: /srv}
  wait: {type: duration, default: 90s}
  names: {type: list, default: [a, b]}
steps:
  - id: stop
    action: stop-services
    with: {services: "${{ inputs.names }}"}
  - id: run
    action: run-command
    irreversible: true
    with: {command: [x]}
  - id: last
    action: check
    when: %s
    with: {tcp: "x:1"}
`

func TestEnabled(t *testing.T) {
	t.Parallel()
	for condition, want := range map[string]string{
		`inputs.port == 80`: "true",
		`inputs.port > 80`:  "false",
		`host.os == "linux" && inputs.path.startsWith("/s")`:         "true",
		`inputs.wait > duration("1m")`:                               "true",
		`"b" in inputs.names`:                                        "true",
		`inputs.names.exists(n, n == "c")`:                           "false",
		`inputs.names.all(inputs, inputs != "c")`:                    "true",
		`size(steps.stop.outputs.stopped) == 2`:                      "true",
		`steps.stop.outputs.stopped[0] == "web"`:                     "true",
		`"steps.stop.outputs.stopped" == 'steps.stop.outputs.other'`: "false",
		`steps.stop.outputs.stopped.size() == 2 && steps.run.outputs.exit == 0 || steps.stop.outputs.stopped == []`: "true",
		`steps . stop . outputs . stopped == ["web", "db"]`:                                                         "true",
		`[1, 2].exists(steps, steps == 2)`:                                                                          "true",
		`{"a": steps.run.outputs.exit}["a"] == 0`:                                                                   "true",
		"true":                         "true",
		`1 / inputs.port == 1 % 0`:     "runbook.yaml:18:11: the condition cannot be decided: modulus by zero",
		`{"a": true}["b"]`:             "runbook.yaml:18:11: the condition cannot be decided: no such key: b",
		`dyn(inputs.port)`:             "runbook.yaml:18:11: the condition is a whole number, and must be true or false (compare it with something: ==, !=, <, in)",
		`host.name.matches("^(a+)+$")`: "true",
	} {
		t.Run(condition, func(t *testing.T) {
			t.Parallel()
			rb := parseAndCheck(t, fmt.Sprintf(conditional, "'"+strings.ReplaceAll(condition, "'", "''")+"'"))
			sc := scope(t, rb, nil)
			sc.Host = map[string]string{"name": strings.Repeat("a", 50), "os": "linux"}
			sc.Outputs["run"] = map[string]any{"exit": 0, "stdout": ""}
			got, diags := rb.Steps[2].Enabled(rb, sc)
			text := fmt.Sprint(got)
			if diags != nil {
				text = diags[0].String()
			}
			if text != want {
				t.Errorf("got %s, want %s", text, want)
			}
		})
	}
}

func TestEnabledWithout(t *testing.T) {
	t.Parallel()
	rb := parse(t, fmt.Sprintf(conditional, `inputs.port > 80 && size(steps.stop.outputs.stopped) > 0`))
	t.Run("a step without a condition is enabled", func(t *testing.T) {
		if got, diags := rb.Steps[0].Enabled(rb, Scope{}); !got || diags != nil {
			t.Errorf("got %v, %v", got, diags)
		}
	})
	t.Run("a runbook that was not checked", func(t *testing.T) {
		if got, diags := rb.Steps[2].Enabled(rb, scope(t, rb, map[string]string{"port": "81"})); !got || diags != nil {
			t.Errorf("got %v, %v", got, diags)
		}
	})
	t.Run("what has no value matters only if it is asked for", func(t *testing.T) {
		sc := scope(t, rb, nil)
		sc.Outputs = nil
		if got, diags := rb.Steps[2].Enabled(rb, sc); got || diags != nil {
			t.Errorf("got %v, %v", got, diags)
		}
		sc.Inputs.Values["port"] = 81
		_, diags := rb.Steps[2].Enabled(rb, sc)
		if len(diags) != 1 || diags[0].Message != "step stop does not run, so it has no outputs" {
			t.Errorf("got %v", diags)
		}
	})
	t.Run("a mistake in the condition", func(t *testing.T) {
		rb := parse(t, fmt.Sprintf(conditional, `inputs.prt > 80`))
		if got, diags := rb.Steps[2].Enabled(rb, Scope{}); got || len(diags) != 1 || diags[0].Message != "there is no input prt" {
			t.Errorf("got %v, %v", got, diags)
		}
	})
}

// TestConditionCost: nested macros over a list take the fifth power of its
// length; the limit on their work ends that.
func TestConditionCost(t *testing.T) {
	t.Parallel()
	all := "inputs.names"
	rb := parseAndCheck(t, fmt.Sprintf(conditional, fmt.Sprintf("%[1]s.all(a, %[1]s.all(b, %[1]s.all(c, %[1]s.all(d, %[1]s.all(e, a != b+c+d+e)))))", all)))
	sc := scope(t, rb, map[string]string{"names": strings.Repeat("x,", 200)})
	_, diags := rb.Steps[2].Enabled(rb, sc)
	if len(diags) != 1 || diags[0].Message != "the condition takes too much work" {
		t.Errorf("got %v", diags)
	}
	t.Run("and so does the length of the text", func(t *testing.T) {
		rb := parse(t, fmt.Sprintf(conditional, strings.Repeat("true && ", 2000)+"true"))
		if diags := rb.Check(actions()); len(diags) != 1 || !strings.Contains(diags[0].Message, "8192") {
			t.Errorf("got %v", diags)
		}
	})
	t.Run("and its nesting", func(t *testing.T) {
		rb := parse(t, fmt.Sprintf(conditional, strings.Repeat("(", 3000)+"true"+strings.Repeat(")", 3000)))
		if diags := rb.Check(actions()); len(diags) != 1 {
			t.Errorf("got %v", diags)
		}
	})
}

// TestConcurrency runs what a planner may run at the same time; it is the race
// detector that judges.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	rb := parse(t, fmt.Sprintf(conditional, `inputs.port == 80`))
	sc := scope(t, rb, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, s := range rb.Steps {
				if on, diags := s.Enabled(rb, sc); !on || diags != nil {
					t.Errorf("got %v, %v", on, diags)
				}
				rb.Check(actions())
			}
		})
	}
	wg.Wait()
}
