package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync/atomic"

	"quiesce/actions"
	"quiesce/host"
)

var _ actions.Keeper = operator{}

// Kept implements actions.Keeper.
func (operator) Kept(ctx context.Context, env *actions.Env, changes []actions.Change) (int64, error) {
	t, err := begin(ctx, env, changes)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil // somebody has removed the whole directory
	}
	if err != nil || len(changes) == 0 {
		return 0, err
	}
	var total atomic.Int64
	err = parallel(ctx, len(t.items), func(i int, _ []byte) error {
		for _, name := range t.keptNames(t.items[i]) {
			s, err := look(t.tree, name)
			if err != nil {
				return wrap("look at the backup", name, err)
			}
			total.Add(allocated(s))
		}
		return nil
	})
	return total.Load(), t.finish(err)
}

// Missing implements actions.Keeper.
func (operator) Missing(ctx context.Context, env *actions.Env, changes []actions.Change) (int, error) {
	t, err := reach(ctx, env, changes)
	if err != nil || t == nil {
		return 0, err
	}
	m := &missing{transaction: t}
	err = parallel(ctx, len(t.items), m.count)
	if err == nil && m.gone.Load() > 0 && m.seen.Load() == 0 {
		err = m.anything(ctx)
	}
	return int(m.gone.Load()), t.finish(err)
}

// reach begins a transaction on what was kept; of changes that keep nothing it
// is nil. A directory that is gone, or a link now, is an error: the backups are
// where nobody looks.
func reach(ctx context.Context, env *actions.Env, changes []actions.Change) (*transaction, error) {
	if !slices.ContainsFunc(changes, func(c actions.Change) bool { return actions.Alters(c.Kind) }) {
		return nil, nil
	}
	t, err := begin(ctx, env, changes)
	if err != nil {
		return nil, err
	}
	if err := t.straight(); err != nil {
		return nil, t.finish(err)
	}
	return t, nil
}

// missing is a transaction whose backups are counted.
type missing struct {
	*transaction
	seen atomic.Int64 // files that the plan knows: backups, old ones and new ones
	gone atomic.Int64 // backups that are nowhere
}

func (m *missing) count(i int, buf []byte) error {
	it := m.items[i]
	for _, name := range m.keptNames(it) {
		s, err := look(m.tree, name)
		if err != nil {
			return wrap("look at the backup", name, err)
		}
		if s.there() {
			m.seen.Add(1)
			return nil
		}
	}
	_, decided := m.env.Settled[it.change.Subject]
	if decided || !actions.Alters(it.change.Kind) || it.change.Old == nil || !m.begun {
		return nil
	}
	if err := m.view(it, buf); err != nil {
		return wrap("look at", it.change.Subject, err)
	}
	untouched := it.target.fits(it.change.Old)
	if !untouched {
		m.gone.Add(1)
	}
	if untouched && !it.target.is(typeDirectory) || it.placed() {
		m.seen.Add(1)
	}
	return nil
}

// placed tells whether the new file is in its place. That a directory is there
// shows nothing: any has its like.
func (it *item) placed() bool {
	return it.change.New != nil && it.change.New.Type != typeDirectory && it.target.fits(it.change.New)
}

// anything is an error if none of the files that the run has made is there.
func (m *missing) anything(ctx context.Context) error {
	for _, it := range m.items {
		if it.change.Kind != actions.FileCreate {
			continue
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := m.view(it, make([]byte, bufferSize)); err != nil {
			return wrap("look at", it.change.Subject, err)
		}
		if it.placed() {
			return nil
		}
	}
	return fmt.Errorf("look for the backups in %s: nothing of the run is there, neither a backup nor a file as the plan knows it", m.items[0].Root)
}

// keptNames returns the names that the run may have kept something under for a
// change: its backup, or a new file that it never came to place.
func (t *transaction) keptNames(it *item) []string {
	switch {
	case !actions.Alters(it.change.Kind):
		return nil
	case it.Within != "":
		return []string{path.Join(stageName(it.Within, t.env.Run, t.env.Step), it.Name[len(it.Within):])}
	case it.change.Kind == actions.FileReplace:
		return []string{it.stage, it.aside}
	}
	return []string{it.stage}
}

// allocated returns what a thing takes on disk, as far as the host tells.
func allocated(s thing) int64 {
	if !s.there() {
		return 0
	}
	if a, ok := host.AttributesOf(s.info); ok && a.Allocated > 0 {
		return a.Allocated
	}
	if s.is(typeFile) {
		return s.info.Size()
	}
	return 0
}
