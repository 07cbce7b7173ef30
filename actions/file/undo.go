package file

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/hashicorp/go-multierror"
	"github.com/spf13/afero"

	"quiesce/actions"
	"quiesce/host"
)

// undo restores everything. Old files take their places first; only when that
// is durable, what the run has staged is removed: until then the stage name may
// be, on disk, the only name of an old file.
func (t *transaction) undo(ctx context.Context) error {
	var all *multierror.Error
	if err := t.straight(); err != nil {
		return multierror.Append(all, err)
	}
	if err := t.examine(ctx); err != nil {
		return multierror.Append(all, err)
	}
	all = multierror.Append(all, t.each(ctx, true, t.open), t.each(ctx, false, t.restore), t.each(ctx, true, t.restore))
	all = multierror.Append(all, t.barrier(ctx, nil))
	if all.ErrorOrNil() == nil {
		all = multierror.Append(all, t.each(ctx, false, t.clean), t.each(ctx, true, t.clean))
		all = multierror.Append(all, t.restoreTimes(ctx), t.barrier(ctx, nil))
	}
	for _, it := range slices.Backward(t.items) {
		all = multierror.Append(all, it.err)
	}
	return all.ErrorOrNil()
}

// each works on the directories, the innermost first, or on everything else, in
// any order. What fails is kept with its item; the error is that of ctx.
func (t *transaction) each(ctx context.Context, directories bool, work func(*item) error) error {
	var items []*item
	for _, it := range slices.Backward(t.items) {
		if it.err == nil && it.Within == "" && actions.Alters(it.change.Kind) && it.ofDirectory() == directories {
			items = append(items, it)
		}
	}
	if !directories {
		return parallel(ctx, len(items), func(i int, _ []byte) error {
			items[i].err = work(items[i])
			return nil
		})
	}
	for _, it := range items {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		it.err = work(it)
	}
	return nil
}

// ofDirectory tells whether a change makes or removes a directory.
func (it *item) ofDirectory() bool {
	f := it.change.New
	if f == nil {
		f = it.change.Old
	}
	return f.Type == typeDirectory
}

// restore puts the old thing of one item in its place.
func (t *transaction) restore(it *item) error {
	switch it.change.Kind {
	case actions.FileCreate:
		return t.uncreate(it)
	case actions.FileRemove:
		return t.unremove(it)
	}
	return t.unreplace(it)
}

// open lets the run work in the directories that it has made.
func (t *transaction) open(it *item) error {
	if it.change.Kind != actions.FileCreate || it.change.New.Type != typeDirectory || !it.target.is(typeDirectory) || !t.begun {
		return nil
	}
	return wrap("open to writing", it.change.Subject, t.unlock(it))
}

// uncreate removes a new file. Directories are left for clean, which comes
// when they are empty.
func (t *transaction) uncreate(it *item) error {
	if clash := t.uncreateClash(it); clash != nil {
		return clash
	}
	if !it.target.there() || it.change.New.Type == typeDirectory || !t.begun || it.staged.fits(it.change.New) {
		return nil
	}
	if err := t.tree.Remove(it.Name); err != nil {
		return wrap("remove", it.change.Subject, err)
	}
	it.target = thing{}
	return nil
}

func (t *transaction) unremove(it *item) error {
	if clash := t.unremoveClash(it); clash != nil {
		return clash
	}
	switch {
	case it.target.fits(it.change.Old) && !it.staged.there(), !it.staged.fits(it.change.Old):
		return nil
	case it.change.Old.Type == typeDirectory:
		if err := t.nothingLost(it); err != nil {
			return err
		}
	}
	if err := moveTo(t.tree, it.stage, it.Name); err != nil {
		return wrap("put back", it.change.Subject, err)
	}
	it.target, it.staged = it.staged, thing{}
	return t.restoreRights(it)
}

// nothingLost tells whether all that a removed directory took along is still
// in its backup.
func (t *transaction) nothingLost(top *item) error {
	for _, it := range t.items {
		if it.Within == top.Name && it.err == nil && !it.target.fits(it.change.Old) {
			it.err = it.conflict("in the backup it is not as it was, but %s", it.target)
		}
	}
	return nil
}

func (t *transaction) unreplace(it *item) error {
	if clash := t.unreplaceClash(it); clash != nil {
		return clash
	}
	backup := it.backup()
	switch {
	case it.target.fits(it.change.Old) && it.pending():
		return t.cancelDelay(it)
	case it.target.fits(it.change.Old), backup == "":
		return nil
	}
	if err := t.putBack(it, backup); err != nil {
		return wrap("put back", it.change.Subject, err)
	}
	return t.restoreRights(it)
}

// putBack gives the old file its name again.
func (t *transaction) putBack(it *item, backup string) error {
	if !it.target.there() {
		return t.renamed(it, backup, moveTo(t.tree, backup, it.Name))
	}
	if x, ok := t.tree.(host.Exchanger); ok && backup == it.stage {
		err := x.Exchange(it.stage, it.Name)
		if !errors.Is(err, errors.ErrUnsupported) {
			if err == nil {
				it.target, it.staged = it.staged, it.target
			}
			return err
		}
	}
	err := t.tree.Rename(backup, it.Name)
	if !errors.Is(err, host.ErrInUse) {
		return t.renamed(it, backup, err)
	}
	return t.putAside(it, backup)
}

// putAside renames a new file that is open to the name that is free, and puts
// the old one back. Were only the second durable, the old file is there; were
// only the first, it can still be put back.
func (t *transaction) putAside(it *item, backup string) error {
	free, slot := it.aside, &it.asided
	if backup == it.aside {
		free, slot = it.stage, &it.staged
	}
	if err := moveTo(t.tree, it.Name, free); err != nil {
		return err
	}
	*slot = it.target
	return t.renamed(it, backup, moveTo(t.tree, backup, it.Name))
}

// renamed notes that the backup has become the target.
func (t *transaction) renamed(it *item, backup string, err error) error {
	if err != nil {
		return err
	}
	slot := &it.staged
	if backup == it.aside {
		slot = &it.asided
	}
	it.target, *slot = *slot, thing{}
	return nil
}

// restoreRights gives a file that was put back what it had besides its
// content, should somebody have changed the backup.
func (t *transaction) restoreRights(it *item) error {
	old, ok := t.memo.Old[it.Name]
	if !ok || it.target.kind != typeFile {
		return nil
	}
	now := identityOf(it.target.info)
	if old.UID >= 0 && (now.UID != old.UID || now.GID != old.GID) {
		if err := t.tree.Chown(it.Name, old.UID, old.GID); err != nil {
			return wrap("give back the owner of", it.change.Subject, err)
		}
		now.Mode = 0 // a change of owner clears bits
	}
	if now.Mode != old.Mode {
		if err := t.tree.Chmod(it.Name, old.Mode&permissions); err != nil {
			return wrap("give back the mode of", it.change.Subject, err)
		}
	}
	if !now.Modified.Equal(old.Modified) {
		return wrap("give back the time of", it.change.Subject, t.tree.Chtimes(it.Name, time.Time{}, old.Modified))
	}
	return nil
}

// clean removes what the run has made and nothing needs any more.
func (t *transaction) clean(it *item) error {
	if !t.begun {
		return nil
	}
	if it.change.Kind == actions.FileCreate && it.change.New.Type == typeDirectory {
		return t.removeDirectory(it)
	}
	if it.change.Kind == actions.FileRemove {
		return nil // its stage name only ever holds the old file
	}
	intact := it.target.fits(it.change.Old)
	for _, name := range []struct {
		at string
		thing
	}{{it.stage, it.staged}, {it.aside, it.asided}} {
		switch {
		case !name.there() || name.fits(it.change.Old):
			continue
		case name.kind != typeDirectory && name.fits(it.change.New), intact && name.at == it.stage && t.partialOf(it, name.thing):
		default:
			return it.conflict("the name %s beside it holds %s, which the run did not put there: it is left alone", name.at, name.thing)
		}
		if err := t.tree.Remove(name.at); err != nil {
			return wrap("remove", name.at, err)
		}
	}
	return nil
}

// removeDirectory removes a directory that the run has made, if nobody has put
// anything into it.
func (t *transaction) removeDirectory(it *item) error {
	if !it.target.is(typeDirectory) {
		return nil
	}
	inside, err := afero.ReadDir(t.tree, it.Name)
	if err != nil {
		return wrap("list", it.change.Subject, err)
	}
	if len(inside) > 0 {
		return t.leaveDirectory(it)
	}
	return wrap("remove directory", it.change.Subject, t.tree.Remove(it.Name))
}

// restoreTimes gives the directories back the times that they had, last of all.
func (t *transaction) restoreTimes(ctx context.Context) error {
	for _, dir := range slices.Sorted(maps.Keys(t.memo.Dirs)) {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		d, err := look(t.tree, dir)
		if err != nil {
			return err
		}
		if !d.is(typeDirectory) || d.info.ModTime().Equal(t.memo.Dirs[dir]) {
			continue
		}
		err = t.tree.Chtimes(dir, time.Time{}, t.memo.Dirs[dir])
		if errors.Is(err, fs.ErrPermission) {
			continue // it belongs to another user: the plan has told that its date stays
		}
		if err != nil {
			return wrap("give back the time of", path.Join(t.items[0].Root, dir), err)
		}
	}
	return nil
}
