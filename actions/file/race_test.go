package file_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/host"
)

// TestWhileStaging is what others may do while the new files are staged: it
// stays, and everything else can be undone.
func TestWhileStaging(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, detail string }{
		"somebody edits a file that is to be replaced":  {"bin/store.exe", "edited", "changed while the new files were staged"},
		"somebody edits a file that is to be removed":   {"trash.log", "edited", "changed while the new files were staged"},
		"somebody creates a file that is to be created": {"README", "mine", "somebody put something there"},
		"somebody creates it with the very content":     {"README", "read me", "somebody put something there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.fill()
			before := b.tree()
			changes := b.changes()
			b.onceStaging(func() { b.write(b.root, c.file, c.text, 0o644, late) })
			conflictOn(t, b.apply(changes), c.file, c.detail)
			hurt := b.tree()
			for _, change := range changes {
				s, err := operator().Inspect(context.Background(), b.env, change)
				b.check(err)
				if change.Subject == filepath.Join(b.root, c.file) && s.State != actions.Conflict {
					t.Errorf("%s is %s, want a conflict", change.Subject, s.State)
				}
			}
			if err := b.undo(changes); err != nil {
				conflictOn(t, err, c.file, "")
			}
			after := b.tree()
			if after[c.file] != hurt[c.file] {
				t.Errorf("%s was %q and is %q", c.file, hurt[c.file], after[c.file])
			}
			delete(before, c.file)
			delete(after, c.file)
			if d := cmp.Diff(before, after); d != "" {
				t.Errorf("undo:\n%s", d)
			}
		})
	}
	t.Run("somebody only touches a file that is to be replaced", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.fill()
		changes := b.changes()
		b.onceStaging(func() { b.check(os.Chtimes(filepath.Join(b.root, "bin/store.exe"), late, late)) })
		b.check(b.apply(changes))
		b.states(changes, actions.Done)
	})
}

// onceStaging calls do when the first files are staged and none is in its place.
func (b *bench) onceStaging(do func()) {
	called := false
	b.env.Progress = func(int, int) {
		if !called {
			called = true
			do()
		}
	}
}

// lastMoment lets somebody write right before names are exchanged.
type lastMoment struct {
	host.Files
	do func(name string)
}

func (l lastMoment) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := l.Files.Open(ctx, dir)
	return lastMomentTree{richTree{breakingTree{tree, &breaker{at: -1}}}, l.do}, err
}

type lastMomentTree struct {
	richTree
	do func(name string)
}

func (t lastMomentTree) Exchange(a, b string) error {
	t.do(b)
	return t.richTree.Exchange(a, b)
}

func TestInTheLastMoment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	changes := b.changes()
	sound := b.env.Host.Files
	written := false
	b.env.Host.Files = lastMoment{sound, func(name string) {
		if name == "bin/store.exe" && !written {
			written = true
			b.write(b.root, name, "edited", 0o644, late)
		}
	}}
	conflictOn(t, b.apply(changes), "bin/store.exe", "in the moment of its replacement")
	b.env.Host.Files = sound
	if got := b.text("bin/store.exe"); got != "edited" {
		t.Errorf("store.exe holds %q, want what somebody wrote", got)
	}
	b.check(b.undo(changes))
	if got := b.text("bin/store.exe"); got != "edited" || len(b.staged()) > 0 {
		t.Errorf("after undo store.exe holds %q, and there is %v", got, b.staged())
	}
}

func TestSomebodyChangesTheRightsOfABackup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	before := b.tree()
	changes := b.changes()
	b.check(b.apply(changes))
	for _, name := range []string{"bin/store.exe", "etc/app.conf", "trash.log"} {
		backup := filepath.Join(b.root, b.stagedOf(name))
		if os.Geteuid() == 0 {
			b.check(os.Chown(backup, 7, 7))
		}
		b.check(os.Chmod(backup, 0o777))
		b.check(os.Chtimes(backup, late, late))
	}
	b.check(b.undo(changes))
	b.sameTree("undo", before)
}

// aside has no way to exchange names, and makes things durable all at once.
type aside struct{ loggingTree }

func (aside) Exchange(string, string) error { return errors.ErrUnsupported }

func (a aside) Rename(from, to string) error {
	a.note("rename")
	return a.loggingTree.Rename(from, to)
}

type asideFiles struct{ logging }

func (f asideFiles) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := f.logging.Open(ctx, dir)
	return aside{tree.(loggingTree)}, err
}

// TestBarriersAside wants the old files durable under their other names before
// the new ones take their places, and back before anything is removed.
func TestBarriersAside(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, name := range []string{"a", "b", "c"} {
		b.write(b.root, name, "old", 0o644, early)
		b.write(b.pack, name, "new", 0o644, late)
	}
	changes := b.changes()
	var log []string
	b.env.Host.Files = asideFiles{logging{b.env.Host.Files, &log}}
	b.check(b.apply(changes))
	if d := cmp.Diff([]string{"times", "sync", "swap", "sync", "swap", "sync"}, log); d != "" {
		t.Errorf("apply:\n%s", d)
	}
	log = nil
	b.check(b.undo(changes))
	if d := cmp.Diff([]string{"rename", "sync", "times", "sync"}, log); d != "" {
		t.Errorf("undo:\n%s", d)
	}
}
