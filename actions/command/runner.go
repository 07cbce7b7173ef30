package command

import (
	"context"
	"errors"
	"fmt"

	"quiesce/actions"
	"quiesce/host"
)

// runner carries out command.run.
type runner struct{}

var _ actions.Operator = runner{}

// Kinds implements actions.Operator.
func (runner) Kinds() []string { return []string{actions.CommandRun} }

// Inspect implements actions.Operator. A command that failed is not done: it
// may be run again.
func (runner) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
	if err := context.Cause(ctx); err != nil {
		return actions.Status{}, err
	}
	at, err := phase(env, c)
	if err != nil {
		return actions.Status{}, err
	}
	switch at {
	case done:
		return actions.Status{State: actions.Done}, nil
	case started:
		return actions.Status{State: actions.Conflict, Detail: "it was started and not seen to end: look how far it came, then roll back"}, nil
	}
	return actions.Status{State: actions.NotDone}, nil
}

// Apply implements actions.Operator.
func (o runner) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
	status, err := o.Inspect(ctx, env, c)
	if err != nil || status.State == actions.Done {
		return err
	}
	if status.State == actions.Conflict {
		return &actions.ConflictError{Kind: c.Kind, Subject: c.Subject, Detail: status.Detail}
	}
	e, err := prepare(env, c)
	if err != nil {
		return err
	}
	if err := remember(env, c, started); err != nil {
		return err
	}
	err = e.execute(ctx, e.with.Command, e.with.ExpectExit)
	if err == nil {
		return remember(env, c, done)
	}
	return errors.Join(err, remember(env, c, after(err)))
}

// after tells the phase of a command that failed with err: one that was never
// started has done nothing, and is no reason to stop a rollback.
func after(err error) string {
	if errors.Is(err, host.ErrNotStarted) || errors.Is(err, errors.ErrUnsupported) {
		return untouched
	}
	return failed
}

// Undo implements actions.Operator.
func (runner) Undo(ctx context.Context, env *actions.Env, c actions.Change) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	at, err := phase(env, c)
	if err != nil || at == untouched {
		return err
	}
	e, err := prepare(env, c)
	if err != nil {
		return err
	}
	if len(e.with.Undo) == 0 {
		return fmt.Errorf("take back %s: it has no undo and is irreversible", c.Subject)
	}
	if err := e.execute(ctx, e.with.Undo, []int{0}); err != nil {
		return fmt.Errorf("take back %s: %w", c.Subject, err)
	}
	return remember(env, c, untouched)
}
