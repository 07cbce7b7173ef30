package service

import (
	"context"
	"fmt"

	"quiesce/actions"
	"quiesce/host"
)

// stopper carries out service.stop.
type stopper struct{}

var _ actions.Finisher = stopper{}

// Kinds implements actions.Operator.
func (stopper) Kinds() []string { return []string{actions.ServiceStop} }

// Inspect implements actions.Operator.
func (stopper) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
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
	was := host.ServiceState(c.Old.State)
	switch {
	case !v.service.State.Active() && v.hasStart(c.New):
		return actions.Status{State: actions.Done}, nil
	case !v.startIsOurs(c):
		return conflict("its start type is %s, not %s", v.service.Start, c.Old.Start)
	case !v.begun && !alike(v.service.State, was):
		return conflict("it is %s, not %s", v.service.State, was)
	}
	for _, other := range active(v.table.above(c.Subject)) {
		if !v.table.has(with.Planned, other.Name) {
			return conflict("%s depends on it, runs now, and is not in the plan", other.Name)
		}
	}
	return actions.Status{State: actions.NotDone}, nil
}

// alike tells whether a service may be in state now if it was in state was
// when the plan was made. What was on its way may have arrived, and what was
// paused may have been left running by an undo.
func alike(now, was host.ServiceState) bool {
	if now == was || !now.Active() && !was.Active() {
		return true
	}
	switch was {
	case host.Starting, host.Paused:
		return now == host.Running
	case host.Running:
		return now == host.Starting
	case host.Stopping:
		return !now.Active()
	}
	return false
}

// Apply implements actions.Operator.
func (o stopper) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
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
	return w.down(ctx)
}

// Undo implements actions.Operator.
func (stopper) Undo(ctx context.Context, env *actions.Env, c actions.Change) error {
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
	if ran(host.ServiceState(c.Old.State)) {
		err = w.up(ctx)
	} else {
		err = w.setStart(ctx, v.service.Start, w.start)
	}
	if err != nil {
		return err
	}
	return remember(env, c, false)
}

// Finish implements actions.Finisher: it ends the hold of a service that the
// run has not started again. A start type that is not ours is left alone.
func (stopper) Finish(ctx context.Context, env *actions.Env, c actions.Change) error {
	v, err := view(ctx, env, c)
	if err != nil || !v.begun || !v.there || !v.hasStart(c.New) {
		return err
	}
	w, err := towards(env, c, c.Old)
	if err != nil {
		return err
	}
	return w.setStart(ctx, v.service.Start, w.start)
}

func conflict(format string, args ...any) (actions.Status, error) {
	return actions.Status{State: actions.Conflict, Detail: fmt.Sprintf(format, args...)}, nil
}
