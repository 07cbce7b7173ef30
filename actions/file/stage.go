package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"quiesce/actions"
	"quiesce/host"
)

// makeDirectory makes a directory of the pack, or goes on with one that an
// earlier attempt has made. Until what belongs in it is there it can be written
// to, whatever mode it gets then.
func (t *transaction) makeDirectory(it *item) error {
	if !it.target.there() {
		if err := t.tree.Mkdir(it.Name, 0o700); err != nil {
			return wrap("make directory", it.change.Subject, err)
		}
	}
	made, err := look(t.tree, it.Name)
	if err != nil {
		return err
	}
	if !made.is(typeDirectory) {
		return it.conflict("it is %s now", made)
	}
	it.target = made
	return wrap("open to writing", it.change.Subject, t.unlock(it))
}

// unlock lets the owner of a directory that the run has made write to it.
func (t *transaction) unlock(it *item) error {
	mode := it.target.info.Mode() & permissions
	if mode&0o700 == 0o700 {
		return nil
	}
	return t.tree.Chmod(it.Name, mode|0o700)
}

// closeDirectories gives the directories that were made the mode and owner of
// the plan, the innermost first: one that its owner may not write to is closed
// when everything is in it.
func (t *transaction) closeDirectories(ctx context.Context) error {
	for _, it := range slices.Backward(t.items) {
		if it.change.Kind != actions.FileCreate || it.change.New.Type != typeDirectory {
			continue
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		now, err := look(t.tree, it.Name)
		if err != nil {
			return err
		}
		if !now.is(typeDirectory) {
			return it.conflict("it is %s now", now)
		}
		if err := t.giveRights(it.Name, now.info, it); err != nil {
			return wrap("give directory its rights:", it.change.Subject, err)
		}
	}
	return nil
}

// stageItem puts the new file, with its metadata, under the stage name.
func (t *transaction) stageItem(source host.Tree, it *item, buf []byte) error {
	if it.staged.fits(it.change.New) {
		return t.dress(it)
	}
	if it.staged.there() {
		if it.staged.fits(it.change.Old) || !t.partialOf(it, it.staged) {
			return it.conflict("the name %s holds %s, which is not removed", it.stage, it.staged)
		}
		if err := t.tree.Remove(it.stage); err != nil { // a partial copy of an interrupted attempt
			return err
		}
	}
	if it.change.New.Type == typeSymlink {
		if err := t.tree.SymlinkIfPossible(it.change.New.Target, it.stage); err != nil {
			return err
		}
	} else if err := t.copyIn(source, it, buf); err != nil {
		return err
	}
	return t.dress(it)
}

// partialOf tells whether what has the name that an item is staged under may be
// what an interrupted attempt has left. No crash makes a file that is copied
// longer than it was to be; and once all was staged, nothing is partial.
func (t *transaction) partialOf(it *item, s thing) bool {
	_, whole := t.memo.New[it.Name]
	n := it.change.New
	return !whole && n != nil && n.Type == typeFile && s.is(typeFile) && s.info.Size() <= n.Size
}

// copyIn copies a file of the pack and verifies that it is the planned one.
func (t *transaction) copyIn(source host.Tree, it *item, buf []byte) error {
	size, sum, err := importFile(t.tree, source, it.From, it.stage, buf)
	if err != nil {
		return err
	}
	if n := it.change.New; size != n.Size || sum != n.SHA256 {
		clash := it.conflict("the pack has changed since the plan: %s in %s now has %d bytes, sha256 %.12s…", it.From, it.Pack, size, sum)
		return joined([]error{clash, wrap("remove", it.stage, t.tree.Remove(it.stage))})
	}
	return nil
}

func importFile(tree, source host.Tree, from, to string, buf []byte) (size int64, sum string, err error) {
	if i, ok := tree.(host.Importer); ok {
		size, sum, err = i.Import(source, from, to)
		if !errors.Is(err, errors.ErrUnsupported) {
			return size, sum, err
		}
	}
	in, err := source.Open(from)
	if err != nil {
		return 0, "", err
	}
	out, err := tree.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, "", errors.Join(err, in.Close())
	}
	h := sha256.New()
	size, err = io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(out, h)}, struct{ io.Reader }{in}, buf)
	return size, hex.EncodeToString(h.Sum(nil)), errors.Join(err, out.Close(), in.Close())
}

// dress gives a staged file owner, mode, attributes and times, in this order: a
// change of owner clears the setuid bit, and any change touches the times.
func (t *transaction) dress(it *item) error {
	now, err := look(t.tree, it.stage)
	if err != nil {
		return err
	}
	if !now.there() {
		return fmt.Errorf("%s: %w", it.stage, fs.ErrNotExist)
	}
	it.staged = thing{info: now.info, kind: now.kind, link: now.link, sum: it.change.New.SHA256}
	if now.kind != typeFile {
		return nil
	}
	if err := t.giveMetadata(now.info, it); err != nil {
		return err
	}
	modified, err := time.Parse(time.RFC3339Nano, it.change.New.Modified)
	if err != nil {
		return err
	}
	if err := t.tree.Chtimes(it.stage, time.Time{}, modified); err != nil {
		return err
	}
	final, err := look(t.tree, it.stage)
	it.staged.info = final.info
	return err
}

// giveRights sets owner and mode: those that the plan names, else those of the
// old file.
func (t *transaction) giveRights(name string, info fs.FileInfo, it *item) error {
	uid, gid, mode, err := t.rights(info, it)
	if err != nil {
		return err
	}
	chowned, err := t.giveOwner(name, info, uid, gid)
	if err != nil {
		return err
	}
	if chowned || info.Mode()&permissions != mode {
		return t.tree.Chmod(name, mode)
	}
	return nil
}

// rights returns what owner and mode the new thing gets; a negative uid leaves
// the owner as it is.
func (t *transaction) rights(info fs.FileInfo, it *item) (uid, gid int, mode fs.FileMode, err error) {
	uid, gid, mode = -1, -1, info.Mode()&permissions
	if info.IsDir() {
		mode = 0o755
	}
	if old, ok := t.memo.Old[it.Name]; ok && it.change.Kind == actions.FileReplace {
		uid, gid, mode = old.UID, old.GID, old.Mode&permissions
	}
	if o := it.change.New.Owner; o != "" {
		if uid, gid, err = parseOwner(o); err != nil {
			return uid, gid, mode, err
		}
	}
	if m := it.change.New.Mode; m != "" {
		mode, err = parseMode(m)
	}
	return uid, gid, mode, err
}
