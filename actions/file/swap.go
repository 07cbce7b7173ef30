package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"quiesce/actions"
	"quiesce/host"
)

// swapAll puts every staged file in its place and moves away what is removed,
// by one atomic operation each. Where names cannot be exchanged, all old files
// are renamed aside, this is made durable, and then the new ones take their
// places: in one go, a crash could leave neither.
func (t *transaction) swapAll(ctx context.Context) error {
	items := t.unfinished()
	aside := make([]bool, len(items)) // targets that were renamed aside
	err := parallel(ctx, len(items), func(i int, _ []byte) (err error) {
		if aside[i], err = t.swap(items[i]); err == nil && !aside[i] {
			t.progress(1)
		}
		return err
	})
	if err != nil || !slices.Contains(aside, true) {
		return err
	}
	if err := t.barrier(ctx, nil); err != nil {
		return err
	}
	return parallel(ctx, len(items), func(i int, _ []byte) error {
		if !aside[i] {
			return nil
		}
		if err := t.place(items[i]); err != nil {
			return err
		}
		t.progress(1)
		return nil
	})
}

// swap does the one operation of an item. With aside, its old file is renamed
// away, and the new one must still be placed.
func (t *transaction) swap(it *item) (aside bool, err error) {
	switch {
	case it.change.Kind == actions.FileRemove:
		return false, t.moveAway(it)
	case it.change.Kind == actions.FileCreate && it.change.New.Type == typeDirectory:
		return false, nil
	case it.change.Kind == actions.FileCreate:
		return false, t.place(it)
	case !it.target.there():
		return true, nil // an earlier attempt was interrupted right here
	}
	if err := t.recheck(it); err != nil {
		return false, err
	}
	if it.pending() {
		return false, t.delay(it)
	}
	err = t.exchange(it)
	if !errors.Is(err, errors.ErrUnsupported) {
		return false, err
	}
	return true, wrap("rename aside", it.change.Subject, moveTo(t.tree, it.Name, it.aside))
}

// recheck compares the target with what was seen before; only if it looks
// different its content is read again.
func (t *transaction) recheck(it *item) error {
	now, err := look(t.tree, it.Name)
	if err != nil {
		return err
	}
	if now.there() && now.kind == it.target.kind && sameFile(identityOf(now.info), identityOf(it.target.info)) {
		return nil
	}
	now, err = t.sight(it.Name, make([]byte, bufferSize), it.wanted()...)
	if err != nil {
		return err
	}
	if !now.fits(it.change.Old) {
		return it.conflict("it was changed while the new files were staged: it is %s now", now)
	}
	it.target = now
	return nil
}

// exchange swaps target and stage name, and verifies that what is the backup
// now is what was seen: should somebody have written in the very moment between,
// the names are swapped back.
func (t *transaction) exchange(it *item) error {
	x, ok := t.tree.(host.Exchanger)
	if !ok {
		return fmt.Errorf("exchange %s: %w", it.change.Subject, errors.ErrUnsupported)
	}
	if err := x.Exchange(it.stage, it.Name); err != nil {
		return wrap("exchange", it.change.Subject, err)
	}
	backup, err := look(t.tree, it.stage)
	if err != nil {
		return err
	}
	if backup.there() && sameFile(identityOf(backup.info), identityOf(it.target.info)) {
		return nil
	}
	clash := it.conflict("it was changed in the moment of its replacement, to %s", backup)
	return joined([]error{clash, wrap("exchange back", it.change.Subject, x.Exchange(it.stage, it.Name))})
}

// place gives a staged file its name, which nothing has.
func (t *transaction) place(it *item) error {
	err := moveTo(t.tree, it.stage, it.Name)
	if errors.Is(err, fs.ErrExist) {
		return it.conflict("somebody put something there while the new files were staged")
	}
	return wrap("place", it.change.Subject, err)
}

// moveAway renames what is removed to its backup's name.
func (t *transaction) moveAway(it *item) error {
	if it.Within != "" {
		return nil // goes along with its directory
	}
	if it.change.Old.Type == typeDirectory {
		if err := t.nothingElse(it, it.Name); err != nil {
			return err
		}
	} else if err := t.recheck(it); err != nil {
		return err
	}
	return wrap("remove", it.change.Subject, moveTo(t.tree, it.Name, it.stage))
}

// moveTo renames from to to, which must not exist.
func moveTo(tree host.Tree, from, to string) error {
	if p, ok := tree.(host.Placer); ok {
		err := p.Place(from, to)
		if !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	there, err := look(tree, to)
	if err != nil {
		return err
	}
	if there.there() {
		return fmt.Errorf("%s: %w", to, fs.ErrExist)
	}
	return tree.Rename(from, to)
}
