package connection

import (
	"context"
	"fmt"
	"slices"

	"quiesce/actions"
	"quiesce/host"
)

// with is what a connection.end change needs.
type with struct {
	Select selector   `json:"select"`
	Except []selector `json:"except,omitempty"`
	Grace  string     `json:"grace"`
	Settle string     `json:"settle"`
}

// match returns what is to be ended among all connections, and how many more
// are selected but belong to the person who runs Quiesce.
func (w with) match(f host.Flavour, all []host.Connection) (matched []host.Connection, own int) {
	for _, c := range all {
		excepted := slices.ContainsFunc(w.Except, func(s selector) bool { return s.matches(f, c) })
		switch {
		case !w.Select.matches(f, c) || excepted:
		case c.Own:
			own++
		default:
			matched = append(matched, c)
		}
	}
	return matched, own
}

// ender carries out connection.end.
type ender struct{}

var _ actions.Operator = ender{}

// memo says that the clients were gone once.
type memo struct {
	Gone bool `json:"gone"`
}

// Kinds implements actions.Operator.
func (ender) Kinds() []string { return []string{actions.ConnectionEnd} }

// Inspect implements actions.Operator. That nobody is connected now is not
// done: done is that nobody came back for a while.
func (ender) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
	d, err := newDrain(ctx, env, c)
	if err != nil {
		return actions.Status{}, err
	}
	var m memo
	if _, err := env.Memo.Load(&m); err != nil {
		return actions.Status{}, fmt.Errorf("read what is known of %s %s: %w", c.Kind, c.Subject, err)
	}
	left, err := d.left(ctx)
	if err != nil {
		return actions.Status{}, err
	}
	if m.Gone && len(left) == 0 {
		return actions.Status{State: actions.Done}, nil
	}
	return actions.Status{State: actions.NotDone}, nil
}

// Apply implements actions.Operator.
func (o ender) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
	status, err := o.Inspect(ctx, env, c)
	if err != nil || status.State == actions.Done {
		return err
	}
	d, err := newDrain(ctx, env, c)
	if err != nil {
		return err
	}
	if err := d.run(ctx); err != nil {
		return fmt.Errorf("end connections of %s: %w", c.Subject, err)
	}
	if err := env.Memo.Save(memo{Gone: true}); err != nil {
		return fmt.Errorf("remember %s %s: %w", c.Kind, c.Subject, err)
	}
	return nil
}

// Undo implements actions.Operator: clients connect again by themselves, so
// all that is undone is that they are known to be gone.
func (ender) Undo(_ context.Context, env *actions.Env, c actions.Change) error {
	var m memo
	if _, err := env.Memo.Load(&m); err != nil {
		return fmt.Errorf("read what is known of %s %s: %w", c.Kind, c.Subject, err)
	}
	if !m.Gone {
		return nil
	}
	if err := env.Memo.Save(memo{}); err != nil {
		return fmt.Errorf("remember %s %s: %w", c.Kind, c.Subject, err)
	}
	return nil
}
