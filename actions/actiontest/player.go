package actiontest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"quiesce/actions"
)

// unit is what is carried out together: one change, or a transaction.
type unit struct {
	operator actions.Operator
	changes  []actions.Change
	memo     *memo
}

// memo is a Memo as a journal keeps it: what is read is a copy.
type memo struct {
	data []byte
	fail func() error // before each save; nil never fails
}

// Save implements actions.Memo.
func (m *memo) Save(v any) error {
	if m.fail != nil {
		if err := m.fail(); err != nil {
			return err
		}
	}
	data, err := json.Marshal(v)
	if err == nil {
		m.data = data
	}
	return err
}

// Load implements actions.Memo.
func (m *memo) Load(v any) (bool, error) {
	if m.data == nil {
		return false, nil
	}
	return true, json.Unmarshal(m.data, v)
}

// units groups neighbouring changes of one transactor.
func units(t *testing.T, r *actions.Registry, changes []actions.Change) []*unit {
	t.Helper()
	var out []*unit
	for _, c := range changes {
		operator, err := r.Operator(c.Kind)
		if err != nil {
			t.Fatal(err)
		}
		if _, together := operator.(actions.Transactor); together && len(out) > 0 && out[len(out)-1].operator == operator {
			last := out[len(out)-1]
			last.changes = append(last.changes, c)
			continue
		}
		out = append(out, &unit{operator, []actions.Change{c}, &memo{}})
	}
	return out
}

// player carries out the units of one step.
type player struct {
	env   *actions.Env
	units []*unit
}

func (p *player) on(u *unit) *actions.Env {
	env := *p.env
	env.Memo = u.memo
	return &env
}

// apply carries out the units in order until one fails, and returns how many
// were begun.
func (p *player) apply(ctx context.Context) (begun int, err error) {
	for i, u := range p.units {
		if err := p.applyUnit(ctx, u); err != nil {
			return i + 1, err
		}
	}
	return len(p.units), nil
}

func (p *player) applyUnit(ctx context.Context, u *unit) error {
	if together, ok := u.operator.(actions.Transactor); ok {
		return together.ApplyAll(ctx, p.on(u), u.changes)
	}
	return u.operator.Apply(ctx, p.on(u), u.changes[0])
}

// undo takes back the first units, last first.
func (p *player) undo(ctx context.Context, begun int) error {
	for _, u := range slices.Backward(p.units[:begun]) {
		var err error
		if together, ok := u.operator.(actions.Transactor); ok {
			err = together.UndoAll(ctx, p.on(u), u.changes)
		} else {
			err = u.operator.Undo(ctx, p.on(u), u.changes[0])
		}
		if err != nil {
			return fmt.Errorf("undo %s: %w", subject(u.changes[0]), err)
		}
	}
	return nil
}

// finish lets go of what is held while the run is on.
func (p *player) finish(ctx context.Context) error {
	for _, u := range slices.Backward(p.units) {
		f, ok := u.operator.(actions.Finisher)
		if !ok {
			continue
		}
		for _, c := range slices.Backward(u.changes) {
			if err := f.Finish(ctx, p.on(u), c); err != nil {
				return fmt.Errorf("finish %s: %w", subject(c), err)
			}
		}
	}
	return nil
}

// inspect calls visit with the status of every change.
func (p *player) inspect(t *testing.T, visit func(c actions.Change, s actions.Status)) {
	t.Helper()
	for _, u := range p.units {
		for _, c := range u.changes {
			status, err := u.operator.Inspect(t.Context(), p.on(u), c)
			if err != nil {
				t.Errorf("inspect %s: %v", subject(c), err)
			}
			visit(c, status)
		}
	}
}
