package actiontest

import (
	"context"
	"fmt"
	"maps"
	"testing"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/host/memory"
	"quiesce/internal/diag"
	"quiesce/runbooks"
)

// Step is a step with resolved parameters; defaults are filled in.
type Step struct {
	ID           string // "step" if empty
	Action       string
	With         map[string]any
	Irreversible bool
}

// Case is one step on one host.
type Case struct {
	Name string
	// Host describes the host, as memory.Parse reads it.
	Host string
	// Before are steps that were carried out before.
	Before []Step
	Step   Step
	// Sources is where packs are read.
	Sources host.Files
	Shipped func(path string) []string
	Secrets map[string]string
	Confirm func(ctx context.Context, message string) error
	// Forget blanks what an undo of the step does not restore; nil: nothing.
	Forget func(d *memory.Description)
	// Unsimulated: the host does more than a simulation knows, by itself or by
	// an opaque change, so that the two do not compare.
	Unsimulated bool
}

func (c Case) world(t *testing.T) *memory.Memory {
	t.Helper()
	d, list := memory.Parse("host.yaml", []byte(c.Host), nil)
	if err := list.Err(); err != nil {
		t.Fatalf("the host of the case: %v", err)
	}
	m, err := memory.New(d)
	if err != nil {
		t.Fatalf("the host of the case: %v", err)
	}
	return m
}

// describe returns the host as it is, without what the step does not restore.
func (c Case) describe(m *memory.Memory) *memory.Description {
	d := m.Describe()
	if c.Forget != nil {
		c.Forget(d)
	}
	return d
}

func (c Case) env(h host.Host) *actions.Env {
	return &actions.Env{
		Host: h, Sources: c.Sources, Shipped: c.Shipped, Confirm: c.Confirm, Run: "20000101-000000-test", Step: "step",
	}
}

// plan makes the plan of a step. Findings that are errors end the test.
func plan(t *testing.T, ctx context.Context, r *actions.Registry, env *actions.Env, s Step, before []actions.Change) actions.Proposal {
	t.Helper()
	verb, ok := r.Verb(s.Action)
	if !ok {
		t.Fatalf("no action %s", s.Action)
	}
	values := withDefaults(verb.Spec.Params, s.With)
	action, err := verb.New(actions.StepParams{
		Params: runbooks.Params{Values: values}, Irreversible: s.Irreversible,
		ChangesOf: func(string) []actions.Change { return before },
	})
	if err != nil {
		t.Fatalf("make %s: %v", s.Action, err)
	}
	p, err := action.Plan(ctx, env)
	if err != nil {
		t.Fatalf("plan %s: %v", s.Action, err)
	}
	return p
}

// withDefaults fills in what a runbook leaves out.
func withDefaults(object runbooks.Type, given map[string]any) map[string]any {
	values := maps.Clone(given)
	if values == nil {
		values = map[string]any{}
	}
	for _, f := range object.Fields {
		inner, isObject := values[f.Name].(map[string]any)
		switch {
		case isObject && f.Type.Kind == runbooks.Object:
			values[f.Name] = withDefaults(f.Type, inner)
		case values[f.Name] == nil && f.Default != nil:
			values[f.Name] = f.Default
		}
	}
	return values
}

// mustPlan is plan of a step that nothing forbids.
func mustPlan(t *testing.T, r *actions.Registry, env *actions.Env, s Step, before []actions.Change) actions.Proposal {
	t.Helper()
	p := plan(t, t.Context(), r, env, s, before)
	for _, f := range p.Findings {
		if f.Severity == diag.Error {
			t.Fatalf("plan %s: %s: %s", s.Action, f.Param, f.Message)
		}
	}
	return p
}

func subject(c actions.Change) string { return fmt.Sprintf("%s %s", c.Kind, c.Subject) }
