package actiontest_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"quiesce/actions"
	"quiesce/actions/actiontest"
	"quiesce/host"
	"quiesce/runbooks"
)

// flaw is what is wrong with a family, and the test of the suite that must say
// so. The family without a flaw sets the start type of a service to manual.
var flaws = map[string]string{
	"":                      "",
	"plan changes the host": "planning_writes_nothing",
	"plan is random":        "planning_writes_nothing",
	"no undo is told":       "planning_writes_nothing",
	"undo does nothing":     "apply_and_undo",
	"undo guesses":          "apply_and_undo",
	"apply ignores context": "a_context_that_has_ended",
	"inspect lies":          "apply_and_undo",
	"apply does more":       "the_host_becomes",
	"half done is forgot":   "undo_follows_a_failure_of_any_operation",
	"memo comes too late":   "undo_follows_a_failure_of_any_memo",
	"unknown is fine":       "a_host_that_lacks",
	"finish adds":           "what_is_held",
}

const flawVariable = "QUIESCE_TEST_FLAW"

// TestFlawed runs the suite on one flawed family; TestRun starts it as a
// program of its own, since it must fail.
func TestFlawed(t *testing.T) {
	flaw, ok := os.LookupEnv(flawVariable)
	if !ok {
		t.Skip("TestRun runs it with a flaw")
	}
	f := family{flaw}
	actiontest.Run(t, []actions.Family{{
		Verbs:     []actions.Verb{{Spec: runbooks.ActionSpec{Name: "set"}, New: func(actions.StepParams) (actions.Action, error) { return f, nil }}},
		Operators: []actions.Operator{f},
	}}, actiontest.Case{
		Name: "case", Host: "name: h\nservices:\n- {name: a}\n- {name: b, start: disabled}\n", Step: actiontest.Step{Action: "set"},
	})
}

func TestRun(t *testing.T) {
	t.Parallel()
	for flaw, failing := range flaws {
		t.Run("finds that "+flaw, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFlawed$", "-test.v")
			cmd.Env = append(os.Environ(), flawVariable+"="+flaw)
			out, err := cmd.CombinedOutput()
			if failing == "" {
				if err != nil {
					t.Errorf("the suite fails without a flaw: %v\n%s", err, out)
				}
				return
			}
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestFlawed/case/"+failing) {
				t.Errorf("the suite does not see it: %v\n%s", err, out)
			}
		})
	}
}

// family sets the start type of services to manual, with a flaw.
type family struct{ flaw string }

var _ actions.Finisher = family{}

func (f family) Plan(ctx context.Context, env *actions.Env) (actions.Proposal, error) {
	var p actions.Proposal
	list, err := env.Host.Services.List(ctx)
	if err != nil && f.flaw == "unknown is fine" {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	for _, s := range list {
		c := actions.Change{
			Kind: actions.ServiceStart, Subject: s.Name, Fidelity: actions.Exact, Undo: "as it was",
			Old: &actions.Facts{Start: string(s.Start)}, New: &actions.Facts{Start: string(host.StartManual)},
		}
		switch f.flaw {
		case "plan is random":
			c.Reason = env.Host.Clock.Now().String()
			err = env.Host.Clock.Sleep(ctx, 1)
		case "plan changes the host":
			err = env.Host.Services.SetStart(ctx, s.Name, s.Start)
		case "no undo is told":
			c.Undo = ""
		}
		p.Changes = append(p.Changes, c)
	}
	return p, err
}

func (family) Kinds() []string { return []string{actions.ServiceStart} }

func (f family) find(ctx context.Context, env *actions.Env, name string) (host.Service, error) {
	list, err := env.Host.Services.List(ctx)
	for _, s := range list {
		if s.Name == name {
			return s, err
		}
	}
	return host.Service{}, err
}

func (f family) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
	s, err := f.find(ctx, env, c.Subject)
	if s.Start == host.StartManual && f.flaw != "inspect lies" {
		return actions.Status{State: actions.Done}, err
	}
	return actions.Status{State: actions.NotDone}, err
}

func (f family) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
	if f.flaw == "apply ignores context" {
		ctx = context.WithoutCancel(ctx)
	}
	if f.flaw == "memo comes too late" {
		if err := env.Host.Services.SetStart(ctx, c.Subject, host.StartManual); err != nil {
			return err
		}
		return env.Memo.Save(true)
	}
	if err := env.Memo.Save(true); err != nil {
		return err
	}
	// A simulation runs no commands, so that it can be told from the host.
	_, err := env.Host.Commands.Run(ctx, host.Command{Argv: []string{"true"}})
	if f.flaw == "apply does more" && errors.Is(err, fs.ErrNotExist) {
		if err := env.Host.Services.Stop(ctx, c.Subject); err != nil {
			return err
		}
	}
	if f.flaw == "half done is forgot" {
		if err := env.Host.Services.SetStart(ctx, c.Subject, host.StartDisabled); err != nil {
			return err
		}
	}
	return env.Host.Services.SetStart(ctx, c.Subject, host.StartManual)
}

func (f family) Undo(ctx context.Context, env *actions.Env, c actions.Change) error {
	var begun bool
	if _, err := env.Memo.Load(&begun); err != nil || !begun || f.flaw == "undo does nothing" {
		return err
	}
	s, err := f.find(ctx, env, c.Subject)
	if err != nil {
		return err
	}
	old := host.StartType(c.Old.Start)
	switch {
	case f.flaw == "undo guesses":
		old = host.StartAuto
	case f.flaw == "half done is forgot" && s.Start != host.StartManual:
		return nil
	}
	return env.Host.Services.SetStart(ctx, c.Subject, old)
}

func (f family) Finish(ctx context.Context, env *actions.Env, c actions.Change) error {
	if f.flaw != "finish adds" {
		return nil
	}
	_, err := env.Host.Monitors.Silence(ctx, host.Silence{Server: "s", Duration: 1e12})
	return err
}
