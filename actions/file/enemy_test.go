package file_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-multierror"

	"quiesce/actions"
)

// staged returns the run's own names below the root.
func (b *bench) staged() []string {
	b.t.Helper()
	var names []string
	for name := range b.tree() {
		if strings.Contains(filepath.Base(name), ".quiesce-") {
			names = append(names, name)
		}
	}
	return sorted(names)
}

// conflictOn wants a conflict that names the file and says what was found.
func conflictOn(t *testing.T, err error, name, detail string) {
	t.Helper()
	var c *actions.ConflictError
	if !errors.As(err, &c) {
		t.Fatalf("no conflict, but %v", err)
	}
	if !strings.HasSuffix(c.Subject, name) || !strings.Contains(c.Error(), detail) {
		t.Errorf("the conflict is %v, want one on %s that says %q", c, name, detail)
	}
}

// TestBeforeApply is what others may do between plan and apply: nothing is
// touched then.
func TestBeforeApply(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do           func(b *bench)
		name, detail string
	}{
		"edits a file that is to be replaced": {
			func(b *bench) { b.write(b.root, "bin/store.exe", "edited", 0o644, early) }, "bin/store.exe", "neither the old file nor the new one"},
		"edits it and keeps size and time": {
			func(b *bench) { b.write(b.root, "bin/store.exe", "OLD store", 0o644, early) }, "bin/store.exe", "neither the old file nor the new one"},
		"installs the new file by hand": {
			func(b *bench) { b.write(b.root, "bin/store.exe", "new store, larger", 0o644, late) }, "bin/store.exe", "an earlier run, or somebody else, has put the new file there"},
		"deletes it": {
			func(b *bench) { b.check(os.Remove(filepath.Join(b.root, "bin/store.exe"))) }, "bin/store.exe", "nothing"},
		"puts a link in its place": {
			func(b *bench) {
				b.check(os.Rename(filepath.Join(b.root, "bin/store.exe"), filepath.Join(b.root, "bin/store.real")))
				b.link(b.root, "bin/store.exe", "store.real")
			}, "bin/store.exe", "a symbolic link to store.real"},
		"puts a link in the place of its directory": {
			func(b *bench) {
				b.check(os.Rename(filepath.Join(b.root, "etc"), filepath.Join(b.root, "etc.real")))
				b.link(b.root, "etc", "etc.real")
			}, "etc/app.conf", "its directory etc is a symbolic link"},
		"creates a file that is to be created": {
			func(b *bench) { b.write(b.root, "README", "mine", 0o644, late) }, "README", "expected nothing there"},
		"creates it with the very content": {
			func(b *bench) { b.write(b.root, "README", "read me", 0o644, late) }, "README", "this run did not put it there"},
		"creates a directory that is to be created": {
			func(b *bench) { b.mkdir(b.root, "spool") }, "spool", "this run did not put it there"},
		"edits a file that is to be removed": {
			func(b *bench) { b.write(b.root, "trash.log", "more", 0o644, late) }, "trash.log", "not what the plan saw"},
		"edits something in a directory that is to be removed": {
			func(b *bench) { b.write(b.root, "old/deep/c.txt", "x", 0o644, late) }, "old/deep/c.txt", "not what the plan saw"},
		"edits a file that the plan leaves alone": {
			func(b *bench) { b.write(b.root, "bin/kept.dll", "older now", 0o644, early) }, "bin/kept.dll", "the plan left it alone"},
		"takes the stage name": {
			func(b *bench) { b.takeStageName("bin/store.exe") }, "bin/store.exe", "is taken by a file of 5 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.fill()
			changes := b.changes()
			c.do(b)
			before := b.tree()
			err := b.apply(changes)
			conflictOn(t, err, c.name, c.detail)
			b.sameTree("apply in spite of a conflict", before)
			b.check(b.undo(changes))
			b.sameTree("undo of nothing", before)
		})
	}
}

// takeStageName puts a file of somebody else's where the run would stage.
func (b *bench) takeStageName(name string) {
	b.t.Helper()
	other := newBench(b.t)
	other.write(other.root, name, "1", 0o644, early)
	other.write(other.pack, name, "2", 0o644, late)
	b.check(other.apply(other.changes()))
	b.write(b.root, other.staged()[0], "mine!", 0o644, early)
}

func TestSomethingUnknownInRemovedDirectory(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	changes := b.changes()
	b.write(b.root, "old/deep/new.txt", "precious", 0o644, late)
	before := b.tree()
	conflictOn(t, b.apply(changes), "old", "deep/new.txt")
	b.check(b.undo(changes))
	b.sameTree("undo", before)
}

func TestPackChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	before := b.tree()
	changes := b.changes()
	b.write(b.pack, "bin/store.exe", "another build.....", 0o644, late)
	conflictOn(t, b.apply(changes), "bin/store.exe", "the pack has changed since the plan")
	b.check(b.undo(changes))
	b.sameTree("undo", before)
}

// TestBeforeUndo is what others may do between apply and undo: that one thing
// is left alone and told, all else is undone.
func TestBeforeUndo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do           func(b *bench)
		name, detail string
		touched      []string // may differ from before
	}{
		"edits a new file": {
			func(b *bench) { b.write(b.root, "bin/store.exe", "edited", 0o644, late) },
			"bin/store.exe", "its backup stays at", []string{"bin/store.exe"}},
		"edits a created file": {
			func(b *bench) { b.write(b.root, "bin/tools/fix.sh", "edited", 0o755, late) },
			"bin/tools/fix.sh", "left alone", []string{"bin/tools/fix.sh", "bin/tools", "bin"}},
		"puts something into a created directory": {
			func(b *bench) { b.write(b.root, "spool/in/mail", "hello", 0o644, late) },
			"spool/in", "mail is in it", []string{"spool", "spool/in", "spool/in/mail", "."}},
		"deletes a backup": {
			func(b *bench) { b.check(os.Remove(filepath.Join(b.root, b.stagedOf("bin/store.exe")))) },
			"bin/store.exe", "is not there as it was, but nothing", []string{"bin/store.exe"}},
		"edits a backup": {
			func(b *bench) { b.write(b.root, b.stagedOf("bin/store.exe"), "edited", 0o644, early) },
			"bin/store.exe", "is not there as it was, but a file of 6 bytes", []string{"bin/store.exe"}},
		"puts something in the place of a removed file": {
			func(b *bench) { b.write(b.root, "trash.log", "fresh", 0o644, late) },
			"trash.log", "there is a file of 5 bytes in its place", []string{"trash.log"}},
		"deletes the backup of a removed file": {
			func(b *bench) { b.check(os.Remove(filepath.Join(b.root, b.stagedOf("trash.log")))) },
			"trash.log", "is not there as it was, but nothing", []string{"trash.log"}},
		"puts a link in the place of a new file": {
			func(b *bench) {
				b.check(os.Remove(filepath.Join(b.root, "bin/store.exe")))
				b.link(b.root, "bin/store.exe", "kept.dll")
			},
			"bin/store.exe", "there is a symbolic link to kept.dll in its place", []string{"bin/store.exe"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.fill()
			before := b.tree()
			changes := b.changes()
			b.check(b.apply(changes))
			c.do(b)
			hurt := b.tree()
			err := b.undo(changes)
			conflictOn(t, err, c.name, c.detail)
			var all *multierror.Error
			if !errors.As(err, &all) || len(all.Errors) > 2 {
				t.Errorf("undo fails with %v, want the conflict in a *multierror.Error and no more than what follows from it", err)
			}
			after := b.tree()
			for name, line := range before {
				if after[name] != line && !slices.Contains(c.touched, name) {
					t.Errorf("%s is %q, was %q", name, after[name], line)
				}
			}
			for _, name := range c.touched { // what somebody made is as they made it
				if strings.HasSuffix(c.name, name) && after[name] != hurt[name] {
					t.Errorf("%s was %q and is %q", name, hurt[name], after[name])
				}
			}
			if again := b.undo(changes); again == nil || again.Error() != err.Error() {
				t.Errorf("undo again: %v, want the same as before: %v", again, err)
			}
		})
	}
}

func (b *bench) stagedOf(name string) string {
	b.t.Helper()
	for _, s := range b.staged() {
		if strings.HasPrefix(s, filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".quiesce-")) {
			return s
		}
	}
	b.t.Fatalf("no backup of %s", name)
	return ""
}

// TestDeletedTarget: who deletes a file that was replaced gets the old one
// back by undo.
func TestDeletedTarget(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	before := b.tree()
	changes := b.changes()
	b.check(b.apply(changes))
	b.check(os.Remove(filepath.Join(b.root, "bin/store.exe")))
	b.check(os.Remove(filepath.Join(b.root, "README")))
	b.check(b.undo(changes))
	b.sameTree("undo", before)
}

// TestLaterPlans wants backups to be nobody's business: no later pack, no glob
// of a later remove, has them.
func TestLaterPlans(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	changes := b.changes()
	b.check(b.apply(changes))
	backups := b.staged()
	if len(backups) < 4 {
		t.Fatalf("only %d backups: %v", len(backups), backups)
	}
	memo := b.env.Memo
	b.env.Step, b.env.Memo, b.params["remove"] = "later", &note{}, []any{"**", "**/.*"}
	later := b.changes()
	for _, c := range later {
		if strings.Contains(c.Subject, ".quiesce-") {
			t.Errorf("the plan has %s %s", c.Kind, c.Subject)
		}
	}
	b.check(b.apply(later))
	for _, name := range backups {
		if _, there := b.tree()[name]; !there {
			t.Errorf("the backup %s is gone", name)
		}
	}
	b.check(b.undo(later))
	b.env.Step, b.env.Memo = "apply", memo
	b.check(b.undo(changes))
}
