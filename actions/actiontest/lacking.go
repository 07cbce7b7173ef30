package actiontest

import (
	"errors"
	"slices"
	"testing"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/internal/diag"
	"quiesce/runbooks"
)

// testLacking demands that a host of which nothing can be learned is never
// taken for one on which nothing is to be done.
func (s *suite) testLacking(t *testing.T) {
	v := s.scene(t)
	env := s.env(host.New(host.Host{Facts: v.memory.Host().Facts}))
	s.planLacking(t, env, v.before)
	env.Secrets = s.Secrets
	for _, u := range v.units {
		if u.changes[0].Kind == actions.GateConfirm {
			continue // asks a person
		}
		err := (&player{env: env}).applyUnit(t.Context(), &unit{u.operator, u.changes, &memo{}})
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("apply %s: %v, want an error that says that the host lacks it", subject(u.changes[0]), err)
		}
	}
}

func (s *suite) planLacking(t *testing.T, env *actions.Env, before []actions.Change) {
	t.Helper()
	verb, _ := s.registry.Verb(s.Step.Action)
	action, err := verb.New(actions.StepParams{
		Params:       runbooks.Params{Values: withDefaults(verb.Spec.Params, s.Step.With)},
		Irreversible: s.Step.Irreversible,
		ChangesOf:    func(string) []actions.Change { return before },
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := action.Plan(t.Context(), env)
	refused := slices.ContainsFunc(p.Findings, func(f actions.Finding) bool { return f.Severity == diag.Error })
	blind := slices.ContainsFunc(p.Changes, func(c actions.Change) bool {
		return c.Fidelity != actions.Opaque && c.Kind != actions.CheckPass && c.Kind != actions.GateConfirm
	})
	switch {
	case err != nil && !errors.Is(err, errors.ErrUnsupported):
		t.Errorf("plan: %v, want an error that says that the host lacks it", err)
	case err == nil && !refused && (blind || len(p.Changes) == 0):
		t.Errorf("a host of which nothing is known was planned for: %+v", p.Changes)
	}
}
