package executor

import (
	"context"
	"fmt"
	"time"

	"quiesce/actions"
	"quiesce/executor/plan"
	"quiesce/internal/diag"
	"quiesce/runbooks"
)

// add appends a step without changes to the plan.
func (b *builder) add(s *runbooks.Step, id string, needs []string) *plan.Step {
	ps := &plan.Step{
		ID: id, Name: s.Name, Action: s.Action,
		Needs:        append([]string{}, needs...),
		Hold:         s.Hold,
		Irreversible: s.Irreversible,
		Reason:       s.Reason,
		Retries:      s.Retries,
		Timeout:      span(s.Timeout),
		RetryDelay:   span(s.RetryDelay),
		Changes:      []actions.Change{},
	}
	if s.OnFailure != b.rb.OnFailure {
		ps.OnFailure = string(s.OnFailure)
	}
	b.plan.Steps = append(b.plan.Steps, ps)
	b.places[id] = s.Range
	b.planned.Add(id)
	for _, on := range needs {
		// Both are there: a step is added after all that it needs.
		_ = b.planned.Wait(id, on)
	}
	return ps
}

func span(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// propose asks the action and makes its changes on the overlay. Outputs are nil
// if there were findings that stop the plan.
func (b *builder) propose(ctx context.Context, s *runbooks.Step, ps *plan.Step, params runbooks.Params) (map[string]any, error) {
	if err := b.catchUp(ctx); err != nil {
		return nil, err
	}
	verb, ok := b.Actions.Verb(s.Action)
	if !ok {
		return nil, fmt.Errorf("no action %q", s.Action)
	}
	action, err := verb.New(actions.StepParams{
		Params: params, Irreversible: s.Irreversible,
		ChangesOf: func(id string) []actions.Change { return b.changesOf(ps.ID, id) },
	})
	if err != nil {
		return nil, err
	}
	env := &actions.Env{Host: b.overlay.Host(), Sources: b.Sources, Shipped: b.Shipped, Run: planning, Step: ps.ID}
	proposal, err := action.Plan(ctx, env)
	if err != nil {
		return nil, err
	}
	if b.findings(ps.ID, params, proposal.Findings) {
		return nil, nil
	}
	ps.Source = proposal.Source
	ps.Changes = append(ps.Changes, proposal.Changes...)
	if s.Irreversible {
		for i, c := range ps.Changes {
			ps.Changes[i].Irreversible = actions.Alters(c.Kind)
		}
	}
	b.changes[s.ID] = append(b.changes[s.ID], ps.Changes...)
	groups, err := groupsOf(b.Actions, ps)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		b.pending = append(b.pending, pending{g, env})
	}
	return proposal.Outputs, nil
}

// pending are changes that the overlay does not have yet.
type pending struct {
	group
	env *actions.Env
}

// catchUp makes on the overlay what is planned so far, before something else
// looks at it.
func (b *builder) catchUp(ctx context.Context) error {
	for _, g := range b.pending {
		if err := g.simulate(ctx, g.env); err != nil {
			return err
		}
	}
	b.pending = nil
	return nil
}

// conclude makes what is left, for what its making may bring to light. Planning
// a transaction has looked at all of that already, and nobody will look at the
// overlay any more.
func (b *builder) conclude(ctx context.Context) error {
	for n := len(b.pending); n > 0; n-- {
		if _, told := b.pending[n-1].operator.(actions.Resolver); !told {
			break
		}
		b.pending = b.pending[:n-1]
	}
	return b.catchUp(ctx)
}

// planning stands for the run's id where there is no run.
const planning = "plan"

// findings turns what an action found into diagnostics and tells whether it
// stops the plan.
func (b *builder) findings(id string, params runbooks.Params, found []actions.Finding) (stop bool) {
	for _, f := range found {
		at := params.At(f.Param)
		b.list = append(b.list, diag.Diagnostic{Severity: f.Severity, Rule: f.Rule, Message: f.Message, Hint: f.Hint, Range: at})
		if f.Severity == diag.Error {
			stop = true
			continue
		}
		b.plan.Notes = append(b.plan.Notes, plan.Note{Step: id, Message: f.Message})
	}
	return stop
}

// changesOf returns what the step of the runbook has planned, or, of "", all
// steps that the step at hand comes after.
func (b *builder) changesOf(at, id string) []actions.Change {
	if id != "" {
		return b.changes[id]
	}
	var all []actions.Change
	before := b.planned.Before(at)
	for _, s := range b.plan.Steps {
		if before[s.ID] {
			all = append(all, s.Changes...)
		}
	}
	return all
}

// nothing is the outputs of a step that does nothing.
func nothing(spec *runbooks.ActionSpec) map[string]any {
	outputs := make(map[string]any, len(spec.Outputs))
	for _, out := range spec.Outputs {
		switch out.Type.Kind {
		case runbooks.ListOf:
			outputs[out.Name] = []any{}
		case runbooks.Bool:
			outputs[out.Name] = false
		case runbooks.Int:
			outputs[out.Name] = 0
		case runbooks.MapOf, runbooks.Object:
			outputs[out.Name] = map[string]any{}
		default:
			outputs[out.Name] = ""
		}
	}
	return outputs
}
