package file

import (
	"context"
	"errors"
	"io/fs"
	"path"
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
