package file_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
)

func TestApplyAll(t *testing.T) {
	t.Parallel()
	for name, strip := range map[string]bool{"exchanging names": false, "renaming aside": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if strip {
				b.env.Host.Files = foreign{b.env.Host.Files}
			}
			b.fill()
			before := b.tree()
			changes := b.changes()
			want := []string{
				"create README missing",
				"create bin/latest missing",
				"create bin/tools missing",
				"create bin/tools/deep missing",
				"create bin/tools/deep/er.txt missing",
				"create bin/tools/fix.sh missing",
				"create empty missing",
				"create spool missing",
				"create spool/in missing",
				"keep bin/kept.dll not-later-date",
				"keep bin/same.dll identical",
				"remove old listed",
				"remove old/a.txt listed",
				"remove old/deep listed",
				"remove old/deep/b.txt listed",
				"remove old/deep/c.txt listed",
				"remove trash.log listed",
				"replace bin/store.exe later-date",
				"replace etc/app.conf later-date",
			}
			got := b.kinds(changes)
			if d := cmp.Diff(want, sorted(got)); d != "" {
				t.Fatal(d)
			}
			b.sameTree("planning changes nothing", before)
			b.states(changes, actions.NotDone)

			t.Run("puts the pack there", func(t *testing.T) {
				b.check(b.apply(changes))
				b.states(changes, actions.Done)
				if got := b.text("bin/store.exe"); got != "new store, larger" {
					t.Errorf("store.exe holds %q", got)
				}
				info, err := os.Stat(filepath.Join(b.root, "bin/store.exe"))
				b.check(err)
				if info.Mode().Perm() != 0o750 || !info.ModTime().Equal(late) {
					t.Errorf("store.exe has mode %v and time %v, want those of the old file and of the pack", info.Mode(), info.ModTime())
				}
				info, err = os.Stat(filepath.Join(b.root, "etc/app.conf"))
				b.check(err)
				if info.Mode() != 0o711|os.ModeSetuid {
					t.Errorf("app.conf has mode %v, want that of the old file, setuid bit included", info.Mode())
				}
				info, err = os.Stat(filepath.Join(b.root, "bin/latest"))
				b.check(err)
				if info.Mode().Perm() != 0o755 {
					t.Errorf("the new link leads to mode %v, want 0755 of the pack", info.Mode())
				}
				for _, gone := range []string{"old", "trash.log"} {
					if _, err := os.Lstat(filepath.Join(b.root, gone)); !errors.Is(err, os.ErrNotExist) {
						t.Errorf("%s is still there: %v", gone, err)
					}
				}
			})
			t.Run("again does nothing", func(t *testing.T) {
				after := b.tree()
				b.check(b.apply(changes))
				b.sameTree("a second apply", after)
			})
			t.Run("undo restores everything", func(t *testing.T) {
				b.check(b.undo(changes))
				b.sameTree("undo", before)
				b.states(changes, actions.NotDone)
				b.check(b.undo(changes))
				b.sameTree("a second undo", before)
			})
			t.Run("apply after undo, and undo again", func(t *testing.T) {
				b.check(b.apply(changes))
				b.states(changes, actions.Done)
				b.check(b.undo(changes))
				b.sameTree("undo", before)
			})
		})
	}
}

func TestApplyAgainPlansNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	b.check(b.apply(b.changes()))
	for _, line := range b.kinds(b.changes()) {
		if !strings.HasPrefix(line, "keep ") {
			t.Errorf("a second plan still has %s", line)
		}
	}
}

func TestTwoStepsOfOneRun(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write(b.root, "a.conf", "0", 0o644, early)
	b.write(b.pack, "a.conf", "1", 0o644, late)
	b.params["overwrite"] = "if-different"
	b.settleDirs()
	before := b.tree()
	first := b.changes()
	b.check(b.apply(first))
	between := b.tree()
	memo := b.env.Memo
	b.write(b.pack, "a.conf", "2", 0o644, late)
	b.env.Step, b.env.Memo = "hotfix", &note{}
	second := b.changes()
	b.check(b.apply(second))
	if got := b.text("a.conf"); got != "2" {
		t.Errorf("a.conf holds %q, want what the second step put there", got)
	}
	b.check(b.undo(second))
	b.sameTree("undo of the second step", between)
	b.env.Step, b.env.Memo = "apply", memo
	b.check(b.undo(first))
	b.sameTree("undo of the first", before)
}

func TestRights(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write(b.root, "a.conf", "old", 0o640, early)
	b.write(b.root, "b.conf", "old", 0o600, early)
	b.write(b.pack, "a.conf", "new", 0o644, late)
	b.write(b.pack, "b.conf", "new", 0o644, late)
	b.write(b.pack, "c.conf", "new", 0o644, late)
	b.params["mode"] = "0600"
	if os.Geteuid() == 0 {
		b.params["owner"] = "77:88"
	}
	changes := b.changes()
	b.check(b.apply(changes))
	for _, c := range changes {
		old := ""
		if c.Old != nil {
			old = c.Old.Mode
		}
		want := map[string]string{"a.conf": "0640 0600", "b.conf": "0600 0600", "c.conf": " 0600"}[filepath.Base(c.Subject)]
		if got := old + " " + c.New.Mode; got != want {
			t.Errorf("%s: the plan tells modes %q, want %q", c.Subject, got, want)
		}
		info, err := os.Stat(c.Subject)
		b.check(err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", c.Subject, info.Mode())
		}
		if os.Geteuid() == 0 && (!strings.HasPrefix(owner(info), "77:88") || c.New.Owner != "77:88") {
			t.Errorf("%s belongs to %s, planned %q", c.Subject, owner(info), c.New.Owner)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	changes := b.changes()
	var last, total int
	b.env.Progress = func(done, of int) {
		if done <= last || done > of {
			t.Errorf("progress goes from %d to %d of %d", last, done, of)
		}
		last, total = done, of
	}
	b.check(b.apply(changes))
	if last != total || total != 17 {
		t.Errorf("progress ended at %d of %d, want 17 of 17", last, total)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	before := b.tree()
	changes := b.changes()
	cause := errors.New("the operator pressed a key")
	for n := 1; ; n++ {
		ctx, cancel := context.WithCancelCause(context.Background())
		calls := 0
		b.env.Progress = func(int, int) {
			if calls++; calls == n {
				cancel(cause)
			}
		}
		err := operator().ApplyAll(ctx, b.env, changes)
		cancel(nil)
		if calls < n {
			b.check(err)
			if n < 5 {
				t.Fatalf("progress was told %d times only", n)
			}
			break
		}
		if err != nil && !errors.Is(err, cause) {
			t.Errorf("cancelled after %d: %v", n, err)
		}
		b.env.Progress = nil
		b.check(b.undo(changes))
		b.sameTree("undo after cancelling", before)
	}
}
