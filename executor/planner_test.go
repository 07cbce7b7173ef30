package executor_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/executor/plan"
)

func ids(p *plan.Plan) map[string][]string {
	out := map[string][]string{}
	for _, s := range p.Steps {
		out[s.ID] = s.Needs
	}
	return out
}

func TestPlan(t *testing.T) {
	t.Parallel()
	t.Run("twice it is the same, byte for byte, and the host is untouched", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, server)
		before := w.describe()
		one, two := w.plan(everything), w.plan(everything)
		if diff := cmp.Diff(written(t, one), written(t, two)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(before, w.describe()); diff != "" {
			t.Errorf("planning changed the host:\n%s", diff)
		}
		if one.Summary.Changes < 10 {
			t.Errorf("summary: %v", one.Summary)
		}
	})
	t.Run("a step sees what the steps before it did", func(t *testing.T) {
		t.Parallel()
		p := newWorld(t, server).plan(everything)
		start := p.Index()["start"]
		var subjects []string
		for _, c := range start.Changes {
			subjects = append(subjects, c.Subject)
		}
		if diff := cmp.Diff([]string{"cron", "db", "app", "report"}, subjects); diff != "" {
			t.Logf("order: %v", subjects)
			if len(subjects) != 4 {
				t.Error(diff)
			}
		}
	})
	t.Run("when decides, from outputs too", func(t *testing.T) {
		t.Parallel()
		p := newWorld(t, server).plan(`
version: 1
name: x
steps:
  - {id: stop, action: stop-services, with: {services: [cron]}}
  - {id: yes, when: "size(steps.stop.outputs.stopped) == 1", action: run-command, with: {command: [notify, a], undo: [notify, b]}}
  - {id: no, when: "host.os == 'windows'", action: run-command, with: {command: [notify, a], undo: [notify, b]}}
  - {id: after, action: start-services, with: {stopped-by: stop}}
`)
		steps := p.Index()
		if len(steps["yes"].Changes) != 1 || steps["no"].Skipped != "when: host.os == 'windows'" || len(steps["after"].Changes) != 1 {
			t.Error(written(t, p))
		}
	})
	t.Run("for-each without needs runs one after the other", func(t *testing.T) {
		t.Parallel()
		p := newWorld(t, server).plan(forEach(""))
		want := map[string][]string{"first": {}, "each[0]": {"first"}, "each[1]": {"each[0]"}, "last": {"each[1]"}}
		if diff := cmp.Diff(want, ids(p)); diff != "" {
			t.Error(diff)
		}
		if got := p.Index()["each[1]"].Changes[0].Subject; !strings.Contains(got, "two") {
			t.Errorf("subject %q", got)
		}
	})
	t.Run("for-each with needs runs side by side", func(t *testing.T) {
		t.Parallel()
		p := newWorld(t, server).plan(forEach("needs: [first],"))
		want := map[string][]string{"first": {}, "each[0]": {"first"}, "each[1]": {"first"}, "last": {"each[0]", "each[1]"}}
		if diff := cmp.Diff(want, ids(p)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("for-each of nothing is a step that is skipped", func(t *testing.T) {
		t.Parallel()
		p := newWorld(t, server).plan(strings.Replace(forEach(""), "[one, two]", "[]", 1))
		if got := p.Index()["each"]; got == nil || got.Skipped == "" || p.Index()["last"].Needs[0] != "each" {
			t.Error(written(t, p))
		}
	})
	t.Run("steps side by side must not change the same thing", func(t *testing.T) {
		t.Parallel()
		_, list, err := newWorld(t, server).try(`
version: 1
name: x
steps:
  - {id: a, needs: [], action: stop-services, with: {services: [cron], hold-down: false}}
  - {id: b, needs: [], action: start-services, with: {services: [cron]}}
`)
		if err != nil || !list.HasErrors() || !strings.Contains(list[0].String(), "steps a and b do not wait for each other, and both change cron") {
			t.Errorf("%v, %v", list, err)
		}
	})
	t.Run("findings of all steps are told, each at its parameter", func(t *testing.T) {
		t.Parallel()
		_, list, err := newWorld(t, server).try(`
version: 1
name: x
steps:
  - id: a
    action: stop-services
    with:
      services: [nothere]
  - id: b
    action: apply-with-overwrite-policy
    with: {source: /nonexistent/pack, to: /srv/app}
`)
		if err != nil || len(list) != 2 || list[0].Range.Start.Line != 8 || list[1].Range.Start.Line != 11 {
			t.Errorf("%v, %v", list, err)
		}
	})
}

func forEach(needs string) string {
	return `
version: 1
name: x
inputs:
  names: {type: list, default: [one, two]}
steps:
  - {id: first, action: run-command, with: {command: [notify, first], undo: [notify, x]}}
  - {id: each, ` + needs + ` for-each: "${{ inputs.names }}", as: item, action: run-command, with: {command: [notify, "${{ item }}"], undo: [notify, x]}}
  - {id: last, action: run-command, with: {command: [notify, last], undo: [notify, x]}}
`
}

// A plan that would disturb the host for nothing comes to nothing; one that
// only restarts services is meant that way.
func TestSettle(t *testing.T) {
	t.Parallel()
	const patch = `
version: 1
name: x
inputs:
  pack: {type: path, required: true}
steps:
  - {id: stop, action: stop-services, with: {services: [app]}}
  - {id: apply, action: apply-with-overwrite-policy, with: {source: "${{ inputs.pack }}", to: /srv/app, overwrite: POLICY}}
  - {id: start, action: start-services, with: {stopped-by: stop}}
`
	t.Run("no file changes", func(t *testing.T) {
		t.Parallel()
		p := newWorld(t, server).plan(strings.Replace(patch, "POLICY", "never", 1))
		if p.Summary.Changes != 0 || p.Index()["stop"].Skipped == "" || len(p.Index()["apply"].Changes) == 0 {
			t.Error(written(t, p))
		}
	})
	t.Run("a file changes", func(t *testing.T) {
		t.Parallel()
		p := newWorld(t, server).plan(strings.Replace(patch, "POLICY", "if-different", 1))
		if p.Index()["stop"].Skipped != "" || p.Summary.ByKind["service.stop"] != 2 {
			t.Error(written(t, p))
		}
	})
	t.Run("a service stays stopped", func(t *testing.T) {
		t.Parallel()
		text, _, _ := strings.Cut(strings.Replace(patch, "POLICY", "never", 1), "  - {id: start")
		if p := newWorld(t, server).plan(text); p.Summary.ByKind["service.stop"] != 2 {
			t.Error(written(t, p))
		}
	})
	t.Run("only a restart", func(t *testing.T) {
		t.Parallel()
		p := newWorld(t, server).plan(`
version: 1
name: x
steps:
  - {id: stop, action: stop-services, with: {services: [app]}}
  - {id: start, action: start-services, with: {stopped-by: stop}}
`)
		if p.Summary.Changes != 4 {
			t.Error(written(t, p))
		}
	})
}

func TestGates(t *testing.T) {
	t.Parallel()
	const once = `
version: 1
name: x
steps:
  - {id: once, irreversible: true, action: run-command, with: {command: [notify, once]}}
  - {id: gate, action: confirm, with: {message: "Go on?"}}
  - {id: stop, action: stop-services, with: {services: [cron]}}
`
	t.Run("what comes after the point of no return wants a gate", func(t *testing.T) {
		t.Parallel()
		p := newWorld(t, server).plan(strings.Replace(once, "gate, action: confirm, with: {message: \"Go on?\"}", "gate, action: check, with: {command: {command: [notify, x]}}", 1))
		if len(p.Notes) != 1 || p.Notes[0].Step != "stop" || !strings.Contains(p.Notes[0].Message, "after step once") {
			t.Errorf("notes: %v", p.Notes)
		}
	})
	t.Run("with a gate nothing is said", func(t *testing.T) {
		t.Parallel()
		if p := newWorld(t, server).plan(once); len(p.Notes) != 0 {
			t.Errorf("notes: %v", p.Notes)
		}
	})
}
