package file_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"quiesce/actions"
	"quiesce/host"
)

func keeper() actions.Keeper { return operator().(actions.Keeper) }

func (b *bench) kept(changes []actions.Change) int64 {
	b.t.Helper()
	n, err := keeper().Kept(context.Background(), b.env, changes)
	b.check(err)
	return n
}

func (b *bench) discard(changes []actions.Change) actions.Discarded {
	b.t.Helper()
	d, err := keeper().Discard(context.Background(), b.env, changes)
	b.check(err)
	return d
}

// noBackups wants no file of a run anywhere.
func (b *bench) noBackups() {
	b.t.Helper()
	for name := range b.tree() {
		if strings.Contains(name, ".quiesce-") {
			b.t.Errorf("%s is still there", name)
		}
	}
}

// backup returns the one name that a backup of name has.
func (b *bench) backup(name string) string {
	b.t.Helper()
	dir, base := filepath.Split(filepath.Join(b.root, name))
	found, err := filepath.Glob(dir + "." + base + ".quiesce-*")
	b.check(err)
	if len(found) != 1 {
		b.t.Fatalf("%s has the backups %q", name, found)
	}
	return found[0]
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	for name, strip := range map[string]bool{"exchanging names": false, "renaming aside": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if strip {
				b.env.Host.Files = foreign{b.env.Host.Files}
			}
			b.fill()
			b.check(os.Chmod(filepath.Join(b.root, "old/deep"), 0o500)) // its owner must be able to drop it, too
			changes := b.changes()
			b.check(b.apply(changes))
			b.settleDirs()
			if b.kept(changes) == 0 {
				t.Error("the backups take nothing")
			}
			want := map[string]string{}
			for name, line := range b.tree() {
				if !strings.Contains(name, ".quiesce-") {
					want[name] = line
				}
			}
			want["."] = strings.Replace(want["."], "6 names", "5 names", 1) // a directory fewer is in it
			d := b.discard(changes)
			// Two files replaced, one removed, and a directory with another and three files in it.
			if d.Backups != 8 || d.Bytes == 0 || len(d.Left) > 0 {
				t.Errorf("dropped %+v", d)
			}
			b.sameTree("what is no backup, dates of directories included", want)
			if n := b.kept(changes); n != 0 {
				t.Errorf("%d bytes are still kept", n)
			}
			if d := b.discard(changes); d.Backups != 0 || len(d.Left) > 0 {
				t.Errorf("again: %+v", d)
			}
		})
	}
}

// What is not the old file any more is never removed, whatever its name.
func TestDiscardLeaves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(b *bench)
		left   string
	}{
		"other content": {func(b *bench) { b.check(os.WriteFile(b.backup("etc/app.conf"), []byte("mine"), 0o600)) }, "etc/.app.conf.quiesce-"},
		"a directory": {func(b *bench) {
			at := b.backup("etc/app.conf")
			b.check(os.Remove(at))
			b.check(os.Mkdir(at, 0o700))
		}, "a directory"},
		"a copy of the old file": {func(b *bench) {
			at := b.backup("etc/app.conf")
			data, err := os.ReadFile(at)
			b.check(err)
			b.check(os.Rename(at, filepath.Join(b.root, "etc/mine")))
			b.check(os.WriteFile(at, data, 0o600))
		}, "not that very file"},
		"a link to the old file": {func(b *bench) {
			at := b.backup("trash.log")
			b.check(os.Rename(at, filepath.Join(b.root, "mine")))
			b.check(os.Symlink("mine", at))
		}, "a symbolic link to mine"},
		"a new file in a removed directory": {func(b *bench) {
			b.check(os.WriteFile(filepath.Join(b.backup("old"), "deep/mine"), nil, 0o600))
		}, "deep/mine: it came into the backup"},
		"a changed file in a removed directory": {func(b *bench) {
			b.check(os.WriteFile(filepath.Join(b.backup("old"), "deep/b.txt"), []byte("mine"), 0o600))
		}, "deep/b.txt: it is not the old file"},
		"another directory instead of the removed one": {func(b *bench) {
			at := b.backup("old")
			b.check(os.Rename(at, filepath.Join(b.root, "mine")))
			b.check(os.Mkdir(at, 0o700))
		}, "not that very file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.fill()
			changes := b.changes()
			b.check(b.apply(changes))
			c.change(b)
			d := b.discard(changes)
			if len(d.Left) != 1 || !strings.Contains(d.Left[0], c.left) {
				t.Errorf("left %q, want one with %q", d.Left, c.left)
			}
			names := 0
			for name := range b.tree() {
				base := filepath.Base(name)
				if strings.Contains(base, ".quiesce-") {
					names++
				}
			}
			if names != 1 {
				t.Errorf("%d names are left beside the files, want one", names)
			}
		})
	}
}

func (b *bench) missing(changes []actions.Change) (int, error) {
	b.t.Helper()
	return keeper().Missing(context.Background(), b.env, changes)
}

// Backups that are out of sight, for the disk is not mounted or the directory is
// somewhere else, are no backups that are gone.
func TestDiscardOutOfSight(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	changes := b.changes()
	b.check(b.apply(changes))
	away := b.root + ".away"
	b.check(os.Rename(b.root, away))
	unseen := func(want string, discards bool) {
		t.Helper()
		if _, err := b.missing(changes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("missing: %v, want an error with %q", err, want)
		}
		if d, err := keeper().Discard(context.Background(), b.env, changes); (err == nil) != discards || d.Backups != 0 {
			t.Errorf("dropped %+v: %v", d, err)
		}
	}
	unseen(b.root, false)
	b.check(os.MkdirAll(filepath.Join(b.root, "bin/tools/deep"), 0o700)) // directories that the run has made, too, but by name
	unseen("nothing of the run is there", true)
	b.check(os.RemoveAll(b.root))
	b.check(os.Symlink(away, b.root))
	unseen("symbolic link", false)
	b.check(os.Remove(b.root))
	b.check(os.Rename(away, b.root))
	if n, err := b.missing(changes); n != 0 || err != nil {
		t.Errorf("%d are missing: %v", n, err)
	}
	b.discard(changes)
	b.noBackups()
	// The new files are there: it is the right directory.
	if n, err := b.missing(changes); n != 8 || err != nil {
		t.Errorf("%d are missing: %v", n, err)
	}
}

// Of backups that somebody has removed the number is told, and what the run
// never came to has none.
func TestMissing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	changes := b.changes()
	if n, err := b.missing(changes); n != 0 || err != nil {
		t.Errorf("before it has begun: %d, %v", n, err)
	}
	b.check(b.apply(changes))
	b.check(os.Remove(b.backup("etc/app.conf")))
	b.check(os.Remove(filepath.Join(b.backup("old"), "deep/b.txt")))
	if n, err := b.missing(changes); n != 2 || err != nil {
		t.Errorf("%d are missing: %v", n, err)
	}
}

// A backup that cannot be removed does not keep the others, and the rest is
// dropped when it can be.
func TestDiscardAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	changes := b.changes()
	b.check(b.apply(changes))
	real := b.env.Host.Files
	b.env.Host.Files = clinging{real, ".store.exe.quiesce-"}
	d, err := keeper().Discard(context.Background(), b.env, changes)
	if !errors.Is(err, syscall.EIO) || d.Backups != 7 {
		t.Errorf("%+v: %v", d, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b.env.Host.Files = real
	if d, err := keeper().Discard(ctx, b.env, changes); err == nil || d.Backups != 0 {
		t.Errorf("after the context has ended: %+v: %v", d, err)
	}
	if d := b.discard(changes); d.Backups != 1 {
		t.Errorf("again: %+v", d)
	}
	b.noBackups()
}

// What was staged and never placed goes too: the run was closed in between.
func TestDiscardStaged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	before := len(b.tree())
	changes := b.changes()
	real := b.env.Host.Files
	b.env.Host.Files = clinging{real, "app.conf"}
	if err := b.apply(changes); err == nil {
		t.Fatal("it was not interrupted")
	}
	b.env.Host.Files = real
	if len(b.tree()) == before {
		t.Fatal("nothing was staged")
	}
	if d := b.discard(changes); len(d.Left) > 0 {
		t.Errorf("left %q", d.Left)
	}
	b.noBackups()
}

// The copy that a run was killed in goes, too, be it as large as it may; but
// nothing that is longer than it was to be, and nothing once all was staged.
func TestDiscardPartial(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		staged bool   // the run has come to its end
		text   string // what lies under the name
		left   int
	}{
		"nothing yet":         {false, "", 0},
		"half a copy":         {false, "new", 0},
		"longer than planned": {false, "new conf, and more", 1},
		"a backup, edited":    {true, "mine", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.fill()
			changes := b.changes()
			if c.staged {
				b.check(b.apply(changes))
			} else {
				memo := &note{}
				b.env.Memo = &cutOff{note: memo}
				if err := b.apply(changes); !errors.Is(err, syscall.EIO) {
					t.Fatalf("staging did not fail: %v", err)
				}
				b.env.Memo = memo
			}
			at := b.backup("etc/app.conf")
			b.check(os.WriteFile(at, []byte(c.text), 0o600))
			d := b.discard(changes)
			if len(d.Left) != c.left {
				t.Errorf("left %q, want %d", d.Left, c.left)
			}
			if data, err := os.ReadFile(at); (err == nil) != (c.left > 0) || err == nil && string(data) != c.text {
				t.Errorf("then it holds %q: %v", data, err)
			}
			if !c.staged && c.left == 0 {
				b.noBackups()
				if got := b.text("etc/app.conf"); got != "old conf" {
					t.Errorf("the file that was never replaced holds %q", got)
				}
			}
		})
	}
}

// cutOff is a memo that can be saved once: before the run stages, and not when
// it has.
type cutOff struct {
	*note
	saved int
}

func (c *cutOff) Save(v any) error {
	if c.saved++; c.saved > 1 {
		return syscall.EIO
	}
	return c.note.Save(v)
}

// clinging is a host on which names with a text in them can neither be removed
// nor exchanged nor placed.
type clinging struct {
	host.Files
	text string
}

func (c clinging) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := c.Files.Open(ctx, dir)
	return clingingTree{tree, c.text}, err
}

type clingingTree struct {
	host.Tree
	text string
}

func (c clingingTree) refuse(op, name string) error {
	if strings.Contains(name, c.text) {
		return &fs.PathError{Op: op, Path: name, Err: syscall.EIO}
	}
	return nil
}

func (c clingingTree) Remove(name string) error {
	if err := c.refuse("remove", name); err != nil {
		return err
	}
	return c.Tree.Remove(name)
}

func (c clingingTree) Rename(from, to string) error {
	if err := c.refuse("rename", from); err != nil {
		return err
	}
	return c.Tree.Rename(from, to)
}
