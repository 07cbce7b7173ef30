package local_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"quiesce/host"
)

func TestExchange(t *testing.T) {
	t.Parallel()
	tree, dir := open(t)
	x := tree.(host.Exchanger)
	must(t, tree.MkdirAll("d/e", 0o755))
	write(t, filepath.Join(dir, "a"), "A")
	write(t, filepath.Join(dir, "d/b"), "B")
	must(t, tree.SymlinkIfPossible("a", "link"))
	t.Run("two files, in two directories", func(t *testing.T) {
		must(t, x.Exchange("a", "d/b"))
		if content(dir+"/a") != "B" || content(dir+"/d/b") != "A" {
			t.Error(content(dir+"/a"), content(dir+"/d/b"))
		}
	})
	t.Run("twice is as before", func(t *testing.T) {
		must(t, x.Exchange("d/b", "a"))
		if content(dir+"/a") != "A" || content(dir+"/d/b") != "B" {
			t.Error(content(dir+"/a"), content(dir+"/d/b"))
		}
	})
	t.Run("a file and a directory", func(t *testing.T) {
		must(t, x.Exchange("a", "d"))
		if content(dir+"/d") != "A" || content(dir+"/a/b") != "B" {
			t.Error(content(dir+"/d"), content(dir+"/a/b"))
		}
		must(t, x.Exchange("a", "d"))
	})
	t.Run("a link is exchanged, not followed", func(t *testing.T) {
		must(t, x.Exchange("link", "d/b"))
		target, err := tree.ReadlinkIfPossible("d/b")
		if err != nil || target != "a" || content(dir+"/a") != "A" || content(dir+"/link") != "B" {
			t.Error(target, err)
		}
		must(t, x.Exchange("link", "d/b"))
	})
	for sentence, c := range map[string]struct {
		a, b string
		want error
	}{
		"both must exist":                   {"a", "none", fs.ErrNotExist},
		"also the first":                    {"none", "a", fs.ErrNotExist},
		"and their directories":             {"a", "none/b", fs.ErrNotExist},
		"which are no files":                {"a", "a/b", syscall.ENOTDIR},
		"a directory and what is in it":     {"d", "d/e", syscall.EINVAL},
		"the tree's own directory is fixed": {".", "a", fs.ErrInvalid},
	} {
		t.Run(sentence, func(t *testing.T) {
			if err := x.Exchange(c.a, c.b); !errors.Is(err, c.want) || errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("Exchange: %v, want %v", err, c.want)
			}
		})
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	tree, dir := open(t)
	p := tree.(host.Placer)
	must(t, tree.Mkdir("d", 0o755))
	write(t, filepath.Join(dir, "a"), "A")
	write(t, filepath.Join(dir, "b"), "B")
	if err := p.Place("a", "b"); !errors.Is(err, fs.ErrExist) || content(dir+"/a") != "A" || content(dir+"/b") != "B" {
		t.Errorf("Place over a file: %v", err)
	}
	if err := p.Place("none", "c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Place of nothing: %v", err)
	}
	must(t, p.Place("a", "d/c"))
	if _, err := tree.Stat("a"); !errors.Is(err, fs.ErrNotExist) || content(dir+"/d/c") != "A" {
		t.Errorf("after Place: %v, %s", err, content(dir+"/d/c"))
	}
	must(t, p.Place("d", "e"))
	if content(dir+"/e/c") != "A" {
		t.Error("a directory was not placed")
	}
}

// swapping exchanges two names of a directory over and over until stop.
func swapping(t *testing.T, dir, a, b string) (stop func()) {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY, 0)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			if err := unix.Renameat2(fd, a, fd, b, unix.RENAME_EXCHANGE); err != nil {
				t.Error(err)
				return
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
		must(t, unix.Close(fd))
	}
}

// TestConfinementUnderAttack swaps a directory for a link that leads out while
// every operation works below it.
func TestConfinementUnderAttack(t *testing.T) {
	t.Parallel()
	tree, dir, beside := surroundings(t)
	must(t, os.Mkdir(filepath.Join(dir, "d"), 0o755))
	must(t, os.Symlink("../secrets", filepath.Join(dir, "evil")))
	before := beside()
	stop := swapping(t, dir, "d", "evil")
	refused, done := 0, 0
	for range 300 {
		must(t, os.RemoveAll(filepath.Join(dir, "inside")))
		write(t, filepath.Join(dir, "inside"), "inside")
		for _, do := range onName(tree, "d/key") {
			err := do()
			if err == nil {
				done++
			}
			if errors.Is(err, host.ErrOutside) {
				refused++
			}
		}
	}
	stop()
	if beside() != before {
		t.Error("something outside was changed")
	}
	if refused == 0 || done == 0 {
		t.Errorf("%d operations worked and %d were refused: that was no race", done, refused)
	}
}

// TestExchangeIsAtomic looks at two names all the time while they are swapped.
func TestExchangeIsAtomic(t *testing.T) {
	t.Parallel()
	tree, dir := open(t)
	write(t, filepath.Join(dir, "a"), "one")
	write(t, filepath.Join(dir, "b"), "two")
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		wg.Go(func() {
			seen := map[string]int{}
			for ctx.Err() == nil {
				seen[content(filepath.Join(dir, name))]++
			}
			if len(seen) > 2 || seen["one"]+seen["two"] == 0 {
				t.Errorf("%s was seen as %v", name, seen)
			}
		})
	}
	for range 2000 {
		if err := tree.(host.Exchanger).Exchange("a", "b"); err != nil {
			t.Error(err)
			break
		}
	}
	cancel()
	wg.Wait()
}

func TestSync(t *testing.T) {
	t.Parallel()
	tree, dir := open(t)
	s := tree.(host.Syncer)
	write(t, filepath.Join(dir, "f"), "f")
	must(t, s.SyncDir("."))
	must(t, s.SyncAll())
	if err := s.SyncDir("f"); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("SyncDir of a file: %v", err)
	}
	if err := s.SyncDir("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("SyncDir of nothing: %v", err)
	}
}
