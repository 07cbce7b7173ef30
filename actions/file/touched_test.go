package file_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quiesce/actions"
)

// TestTouchedSincePlan wants what was changed beside the content named, and
// nothing done.
func TestTouchedSincePlan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		touch func(path string) error
		at    string
		want  string
	}{
		"the mode of a file that is replaced":     {func(p string) error { return os.Chmod(p, 0o700) }, "bin/store.exe", "its mode is 0700 now, and the plan saw 0750"},
		"the date of a file that is replaced":     {func(p string) error { return os.Chtimes(p, late, late) }, "bin/store.exe", "was modified 1999-06-02T03:04:05.987654321Z, and the plan saw 1998-"},
		"the owner of a file that is replaced":    {func(p string) error { return os.Chown(p, 7, 8) }, "bin/store.exe", "its owner is 7:8 now"},
		"the mode of a file that is removed":      {func(p string) error { return os.Chmod(p, 0o640) }, "trash.log", "its mode is 0640 now"},
		"the mode of a directory that is removed": {func(p string) error { return os.Chmod(p, 0o700) }, "old/deep", "its mode is 0700 now"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(name, "owner") && os.Geteuid() != 0 {
				t.Skip("only root gives files away")
			}
			b := newBench(t)
			b.fill()
			changes := b.changes()
			b.check(c.touch(filepath.Join(b.root, c.at)))
			before := b.tree()
			err := b.apply(changes)
			if conflict := new(actions.ConflictError); !errors.As(err, &conflict) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("apply: %v, want a conflict: %s", err, c.want)
			}
			b.sameTree("a refused apply", before)
			b.check(b.undo(changes))
			b.sameTree("its undo", before)
		})
	}
	t.Run("once the run has begun, content decides", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.fill()
		changes := b.changes()
		b.check(errors.Join(b.apply(changes), b.undo(changes)))
		b.check(os.Chmod(filepath.Join(b.root, "bin/store.exe"), 0o700))
		b.states(changes, actions.NotDone)
	})
}
