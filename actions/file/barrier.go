package file

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"

	"quiesce/actions"
	"quiesce/host"
)

// barrier returns when what was done so far is durable: the staged files of
// items, and the names in every directory that the transaction touches.
func (t *transaction) barrier(ctx context.Context, staged []*item) error {
	if t.env.Host.Traits.Volatile {
		return context.Cause(ctx)
	}
	several, err := t.severalDevices()
	if err != nil {
		return err
	}
	syncer, ok := t.tree.(host.Syncer)
	if ok && !several {
		err := syncer.SyncAll()
		if !errors.Is(err, errors.ErrUnsupported) {
			return wrap("make durable what is below", t.items[0].Root, err)
		}
	}
	if err := t.syncFiles(ctx, staged); err != nil {
		return err
	}
	dirs := slices.Sorted(maps.Keys(t.dirs()))
	return parallel(ctx, len(dirs), func(i int, _ []byte) error {
		err := errors.ErrUnsupported
		if ok {
			err = syncer.SyncDir(dirs[i])
		}
		if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrNotExist) {
			return nil // such a file system, as those of Windows, keeps names durable by itself
		}
		return wrap("make durable the names in", dirs[i], err)
	})
}

// dirs returns the directories that the transaction touches, and whose names
// must be durable.
func (t *transaction) dirs() map[string]bool {
	dirs := map[string]bool{}
	for dir := range t.memo.Dirs {
		dirs[dir] = true
	}
	for _, it := range t.items {
		if actions.Alters(it.change.Kind) && it.Within == "" {
			dirs[path.Dir(it.Name)] = true
		}
	}
	return dirs
}

// severalDevices tells whether something is on another file system than the
// root, which one sync of all would not reach.
func (t *transaction) severalDevices() (bool, error) {
	root, err := look(t.tree, ".")
	if err != nil {
		return false, err
	}
	a, ok := host.AttributesOf(root.info)
	for _, it := range t.items {
		for _, s := range []thing{it.target, it.staged} {
			if !ok || !s.there() {
				continue
			}
			if b, ok := host.AttributesOf(s.info); ok && a.Device != b.Device {
				return true, nil
			}
		}
	}
	return false, nil
}

func (t *transaction) syncFiles(ctx context.Context, staged []*item) error {
	return parallel(ctx, len(staged), func(i int, _ []byte) error {
		it := staged[i]
		if !it.staged.is(typeFile) {
			return nil
		}
		f, err := t.tree.Open(it.stage)
		if err != nil {
			return wrap("make durable", it.stage, err)
		}
		return wrap("make durable", it.stage, errors.Join(f.Sync(), f.Close()))
	})
}
