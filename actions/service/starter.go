package service

import (
	"context"

	"quiesce/actions"
	"quiesce/host"
)

// starter carries out service.start.
type starter struct{}

var _ actions.Operator = starter{}

// Kinds implements actions.Operator.
func (starter) Kinds() []string { return []string{actions.ServiceStart} }

// Inspect implements actions.Operator.
func (starter) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
	v, err := view(ctx, env, c)
	if err != nil {
		return actions.Status{}, err
	}
	var with limits
	if err := c.Decode(&with); err != nil {
		return actions.Status{}, err
	}
	if !v.there {
		return conflict("there is no such service any more")
	}
	switch {
	case v.service.State == host.Running && v.hasStart(c.New):
		return actions.Status{State: actions.Done}, nil
	case !v.startIsOurs(c):
		return conflict("its start type is %s, not %s", v.service.Start, c.Old.Start)
	case !v.begun && v.service.State.Active() && !alike(v.service.State, host.ServiceState(c.Old.State)):
		return conflict("it is %s, not %s", v.service.State, c.Old.State)
	}
	for _, other := range inactive(v.table.below(c.Subject)) {
		if !v.table.has(with.Planned, other.Name) {
			return conflict("it depends on %s, which does not run and is not in the plan", other.Name)
		}
	}
	return actions.Status{State: actions.NotDone}, nil
}

// Apply implements actions.Operator.
func (o starter) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
	status, err := o.Inspect(ctx, env, c)
	if err != nil || status.State == actions.Done {
		return err
	}
	if status.State == actions.Conflict {
		return &actions.ConflictError{Kind: c.Kind, Subject: c.Subject, Detail: status.Detail}
	}
	w, err := towards(env, c, c.New)
	if err != nil {
		return err
	}
	if err := remember(env, c, true); err != nil {
		return err
	}
	return w.up(ctx)
}

// Undo implements actions.Operator.
func (starter) Undo(ctx context.Context, env *actions.Env, c actions.Change) error {
	v, err := view(ctx, env, c)
	if err != nil || !v.begun {
		return err
	}
	if err := v.refuseUndo(c); err != nil {
		return err
	}
	w, err := towards(env, c, c.Old)
	if err != nil {
		return err
	}
	if err := w.down(ctx); err != nil {
		return err
	}
	return remember(env, c, false)
}
