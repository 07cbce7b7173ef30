package monitor

import (
	"context"
	"fmt"
	"slices"

	"quiesce/actions"
)

// absentee carries out monitor.absent: it looks, and changes nothing.
type absentee struct{}

var _ actions.Operator = absentee{}

// Kinds implements actions.Operator.
func (absentee) Kinds() []string { return []string{actions.MonitorAbsent} }

func (absentee) find(ctx context.Context, env *actions.Env, c actions.Change) (search, []sighting, error) {
	var q search
	if err := context.Cause(ctx); err != nil {
		return q, nil, err
	}
	if err := c.Decode(&q); err != nil {
		return q, nil, err
	}
	s, err := look(ctx, env.Host)
	if err != nil {
		return q, nil, fmt.Errorf("verify that no %s watches: %w", q.Monitor, err)
	}
	return q, s.find(q), nil
}

// Inspect implements actions.Operator. A monitor that the step is to end is
// expected until it has.
func (a absentee) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
	q, found, err := a.find(ctx, env, c)
	if err != nil {
		return actions.Status{}, err
	}
	found = slices.DeleteFunc(found, func(g sighting) bool {
		return g.process != nil && slices.Contains(q.Ended, g.process.PID)
	})
	if len(found) > 0 {
		return actions.Status{State: actions.Conflict, Detail: evidence(found)}, nil
	}
	return actions.Status{State: actions.NotDone}, nil
}

// Apply implements actions.Operator.
func (a absentee) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
	q, found, err := a.find(ctx, env, c)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("%s watches this host: %s", q.Monitor, evidence(found))
	}
	return nil
}

// Undo implements actions.Operator.
func (absentee) Undo(context.Context, *actions.Env, actions.Change) error { return nil }
