package file

import (
	"context"
	"errors"

	"quiesce/actions"
)

// operator carries out the changes of files.
type operator struct{}

var _ actions.Transactor = operator{}

// Kinds implements actions.Operator.
func (operator) Kinds() []string {
	return []string{actions.FileCreate, actions.FileReplace, actions.FileRemove, actions.FileKeep}
}

// Inspect implements actions.Operator: by content, and as long as the
// run has not begun also by mode, owner and date.
func (operator) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
	rest, err := remaining(env, []actions.Change{c})
	if err != nil || len(rest) == 0 {
		return notDone, err // somebody has decided that it is not done
	}
	t, err := begin(ctx, env, rest)
	if err != nil {
		return actions.Status{}, err
	}
	it := t.items[0]
	err = t.straight()
	if clash := (*actions.ConflictError)(nil); errors.As(err, &clash) {
		return conflicting(clash.Detail), t.finish(nil)
	}
	if err == nil {
		err = t.examine(ctx)
	}
	if err == nil {
		err = it.err
	}
	if err = t.finish(err); err != nil {
		return actions.Status{}, err
	}
	return it.state(), nil
}

// Apply implements actions.Operator.
func (o operator) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
	return o.ApplyAll(ctx, env, []actions.Change{c})
}

// Undo implements actions.Operator.
func (o operator) Undo(ctx context.Context, env *actions.Env, c actions.Change) error {
	return o.UndoAll(ctx, env, []actions.Change{c})
}

// ApplyAll implements actions.Transactor.
func (o operator) ApplyAll(ctx context.Context, env *actions.Env, changes []actions.Change) error {
	if err := o.unsettled(ctx, env, changes); err != nil {
		return err
	}
	if err := makeRoom(ctx, env, changes, false); err != nil {
		return err
	}
	changes, err := remaining(env, changes)
	if err != nil {
		return err
	}
	t, err := begin(ctx, env, changes)
	if err != nil || len(changes) == 0 {
		return err
	}
	return t.finish(t.apply(ctx))
}

// UndoAll implements actions.Transactor.
func (operator) UndoAll(ctx context.Context, env *actions.Env, changes []actions.Change) error {
	rest, err := remaining(env, changes)
	if err != nil {
		return err
	}
	aside := makeRoom(ctx, env, changes, true)
	t, err := begin(ctx, env, rest)
	if err != nil {
		return joined([]error{aside, err})
	}
	if len(rest) > 0 {
		err = t.finish(t.undo(ctx))
	}
	back := giveBack(ctx, env, changes)
	if aside == nil && back == nil {
		return err
	}
	return joined([]error{aside, err, back})
}
