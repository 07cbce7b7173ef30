package file_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quiesce/actions"
)

func TestLinkedTarget(t *testing.T) {
	t.Parallel()
	t.Run("is refused, and where it leads is named", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.fill()
		link := filepath.Join(t.TempDir(), "current")
		b.check(os.Symlink(b.root, link))
		b.params["to"] = link
		wantFinding(t, b.proposal(), "to", "current is a symbolic link to "+b.root)
	})
	t.Run("a link above it is none of ours", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.fill()
		link := filepath.Join(t.TempDir(), "above")
		b.check(os.Symlink(filepath.Dir(b.root), link))
		b.params["to"] = filepath.Join(link, filepath.Base(b.root))
		b.check(b.apply(b.changes()))
	})
	t.Run("one that came after the plan is a conflict", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.root = filepath.Join(b.root, "app")
		b.mkdir(b.root, ".")
		b.params["to"] = b.root
		b.fill()
		changes := b.changes()
		b.check(errors.Join(os.Rename(b.root, b.root+"-real"), os.Symlink(b.root+"-real", b.root)))
		before := b.tree()
		err := b.apply(changes)
		if clash := new(actions.ConflictError); !errors.As(err, &clash) || !strings.Contains(err.Error(), "is a symbolic link to "+b.root+"-real now") {
			t.Errorf("apply: %v, want a conflict", err)
		}
		b.states(changes, actions.Conflict)
		b.sameTree("a refused apply", before)
	})
}
