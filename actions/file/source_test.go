package file_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/actions/file"
)

func TestReadSource(t *testing.T) {
	t.Parallel()
	reader := file.Family().Operators[0].(actions.SourceReader)
	for name, c := range map[string]struct {
		do   func(b *bench)
		want []string
	}{
		"nothing": {func(*bench) {}, nil},
		"files of every fate": {func(b *bench) {
			b.write(b.pack, "lib/x", "x", 0o644, late)
			b.write(b.pack, "bin/same.dll", "another", 0o644, late) // one that the host keeps
			b.check(os.Remove(filepath.Join(b.pack, "README")))
		}, []string{"README is gone", "bin/same.dll was changed", "lib/x was added"}},
		"a folder": {func(b *bench) { b.mkdir(b.pack, "void") },
			[]string{"a folder in it was added or taken away, or a mode was changed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.fill()
			p := b.proposal()
			c.do(b)
			got, err := reader.ReadSource(context.Background(), b.env, p.Source, p.Changes)
			b.check(err)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("a pack that is gone", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.fill()
		p := b.proposal()
		b.check(os.RemoveAll(b.pack))
		if _, err := reader.ReadSource(context.Background(), b.env, p.Source, p.Changes); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v, want that there is no pack", err)
		}
	})
}
