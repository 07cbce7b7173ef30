package executor

import (
	"context"
	"fmt"

	"quiesce/actions"
	"quiesce/executor/plan"
)

// group is the unit of work: neighbouring changes of one step that their
// operator makes as one transaction, or a single change.
type group struct {
	operator actions.Operator
	changes  []actions.Change
	from, to int // in the step
}

// groupsOf parts the changes of a step.
func groupsOf(registry *actions.Registry, s *plan.Step) ([]group, error) {
	var groups []group
	for i := 0; i < len(s.Changes); {
		operator, err := registry.Operator(s.Changes[i].Kind)
		if err != nil {
			return nil, fmt.Errorf("step %s: %w", s.ID, err)
		}
		to := i + 1
		if _, ok := operator.(actions.Transactor); ok {
			for to < len(s.Changes) {
				next, err := registry.Operator(s.Changes[to].Kind)
				if err != nil {
					return nil, fmt.Errorf("step %s: %w", s.ID, err)
				}
				if next != operator {
					break
				}
				to++
			}
		}
		groups = append(groups, group{operator, s.Changes[i:to], i, to})
		i = to
	}
	return groups, nil
}

// alters tells whether something in the group alters the host.
func (g group) alters() bool {
	for i := range g.changes {
		if actions.Alters(g.changes[i].Kind) {
			return true
		}
	}
	return false
}

// transaction tells whether the changes are made as one.
func (g group) transaction() bool {
	_, ok := g.operator.(actions.Transactor)
	return ok
}

func (g group) apply(ctx context.Context, env *actions.Env) error {
	if t, ok := g.operator.(actions.Transactor); ok {
		return t.ApplyAll(ctx, env, g.changes)
	}
	return g.operator.Apply(ctx, env, g.changes[0])
}

func (g group) undo(ctx context.Context, env *actions.Env) error {
	if t, ok := g.operator.(actions.Transactor); ok {
		return t.UndoAll(ctx, env, g.changes)
	}
	return g.operator.Undo(ctx, env, g.changes[0])
}

// irreversible tells whether something in the group cannot be taken back.
func (g group) irreversible() bool {
	for i := range g.changes {
		if g.changes[i].Irreversible {
			return true
		}
	}
	return false
}

// simulate makes the group on an overlay. What only verifies shows its answer
// when it is run, and what is opaque shows nothing.
func (g group) simulate(ctx context.Context, env *actions.Env) error {
	if !g.alters() || g.changes[0].Fidelity == actions.Opaque {
		return nil
	}
	simulated := *env
	simulated.Memo = &note{}
	return g.apply(ctx, &simulated)
}
