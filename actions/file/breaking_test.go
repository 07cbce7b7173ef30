package file_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/spf13/afero"

	"quiesce/actions"
	"quiesce/host"
)

var errBroken = errors.New("broken on purpose")

// breaker fails the operation number at, and, if it stands for a crash, all
// that come after it.
type breaker struct {
	mu    sync.Mutex
	count int
	at    int
	crash bool
}

func (k *breaker) hit() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.count++
	if k.count == k.at || k.crash && k.count > k.at {
		return errBroken
	}
	return nil
}

func (k *breaker) reached() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.count >= k.at
}

// breakingFiles hands out trees whose every operation may break. The plain
// ones have nothing beyond afero.Fs.
type breakingFiles struct {
	host.Files
	*breaker
	plain bool
}

func (f breakingFiles) Open(ctx context.Context, dir string) (host.Tree, error) {
	if err := f.hit(); err != nil {
		return nil, err
	}
	tree, err := f.Files.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	if f.plain {
		return breakingTree{tree, f.breaker}, nil
	}
	return richTree{breakingTree{tree, f.breaker}}, nil
}

type breakingTree struct {
	host.Tree
	*breaker
}

func (t breakingTree) Open(name string) (afero.File, error) { return t.OpenFile(name, os.O_RDONLY, 0) }
func (t breakingTree) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if err := t.hit(); err != nil {
		return nil, err
	}
	f, err := t.Tree.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return breakingFile{f, t.breaker}, nil
}
func (t breakingTree) Mkdir(name string, perm os.FileMode) error {
	return t.first(func() error { return t.Tree.Mkdir(name, perm) })
}
func (t breakingTree) Remove(name string) error {
	return t.first(func() error { return t.Tree.Remove(name) })
}
func (t breakingTree) Rename(from, to string) error {
	return t.first(func() error { return t.Tree.Rename(from, to) })
}
func (t breakingTree) Chmod(name string, mode os.FileMode) error {
	return t.first(func() error { return t.Tree.Chmod(name, mode) })
}
func (t breakingTree) Chown(name string, uid, gid int) error {
	return t.first(func() error { return t.Tree.Chown(name, uid, gid) })
}
func (t breakingTree) Chtimes(name string, a, m time.Time) error {
	return t.first(func() error { return t.Tree.Chtimes(name, a, m) })
}
func (t breakingTree) SymlinkIfPossible(target, name string) error {
	return t.first(func() error { return t.Tree.SymlinkIfPossible(target, name) })
}
func (t breakingTree) LstatIfPossible(name string) (info fs.FileInfo, ok bool, err error) {
	err = t.first(func() error { info, ok, err = t.Tree.LstatIfPossible(name); return err })
	return info, ok, err
}

func (t breakingTree) first(do func() error) error {
	if err := t.hit(); err != nil {
		return err
	}
	return do()
}

// breakingFile may break in the middle of a write.
type breakingFile struct {
	afero.File
	*breaker
}

func (f breakingFile) Write(p []byte) (int, error) {
	if err := f.hit(); err != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, err
	}
	return f.File.Write(p)
}

func (f breakingFile) Sync() error {
	if err := f.hit(); err != nil {
		return err
	}
	return f.File.Sync()
}

// richTree has all that the tree of this machine has.
type richTree struct{ breakingTree }

func (t richTree) Exchange(a, b string) error {
	return t.first(func() error { return t.Tree.(host.Exchanger).Exchange(a, b) })
}
func (t richTree) Place(a, b string) error {
	return t.first(func() error { return t.Tree.(host.Placer).Place(a, b) })
}
func (t richTree) SyncDir(dir string) error {
	return t.first(func() error { return t.Tree.(host.Syncer).SyncDir(dir) })
}
func (t richTree) SyncAll() error {
	return t.first(func() error { return t.Tree.(host.Syncer).SyncAll() })
}
func (t richTree) Import(source afero.Fs, from, to string) (size int64, sum string, err error) {
	err = t.first(func() error { size, sum, err = t.Tree.(host.Importer).Import(source, from, to); return err })
	return size, sum, err
}
func (t richTree) Digest(name string) (sum string, err error) {
	err = t.first(func() error { sum, err = t.Tree.(host.Digester).Digest(name); return err })
	return sum, err
}

// TestBreaking breaks every operation in turn, once and for good, and wants the
// old tree back, or the new one, as soon as nothing breaks any more.
func TestBreaking(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		plain, crash bool
	}{
		{"exchanging names, one failure", false, false},
		{"exchanging names, a crash", false, true},
		{"renaming aside, one failure", true, false},
		{"renaming aside, a crash", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.fill()
			before := b.tree()
			changes := b.changes()
			sound := b.env.Host.Files
			if c.plain {
				sound = foreign{sound}
			}
			b.env.Host.Files = sound
			step := 1
			if testing.Short() {
				step = 7
			}
			for n := 1; ; n += step {
				k := &breaker{at: n, crash: c.crash}
				b.env.Memo = &note{}
				b.env.Host.Files = breakingFiles{sound, k, c.plain}
				err := b.apply(changes)
				b.env.Host.Files = sound
				if !k.reached() {
					b.check(err)
					if n < 50 {
						t.Fatalf("only %d operations: the breaker misses most", n)
					}
					t.Logf("%d operations", n)
					break
				}
				if n%2 == 0 { // go on, then back
					b.check(b.apply(changes))
					b.states(changes, actions.Done)
				}
				b.check(b.undo(changes))
				b.sameTree("undo after a failure", before)
				if t.Failed() {
					t.Fatalf("operation %d, which failed with %v", n, err)
				}
			}
		})
	}
}

// TestBreakingUndo breaks every operation of undo.
func TestBreakingUndo(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]bool{"exchanging names": false, "renaming aside": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.fill()
			before := b.tree()
			changes := b.changes()
			sound := b.env.Host.Files
			if plain {
				sound = foreign{sound}
			}
			b.env.Host.Files = sound
			for n := 1; ; n++ {
				b.env.Memo = &note{}
				b.check(b.apply(changes))
				k := &breaker{at: n, crash: n%2 == 0}
				b.env.Host.Files = breakingFiles{sound, k, plain}
				err := b.undo(changes)
				b.env.Host.Files = sound
				if !k.reached() {
					b.check(err)
					b.sameTree("undo", before)
					t.Logf("%d operations", n)
					break
				}
				if !errors.Is(err, errBroken) {
					t.Errorf("operation %d broke, and undo says %v", n, err)
				}
				b.check(b.undo(changes))
				b.sameTree("undo after an undo that failed", before)
				if t.Failed() {
					t.Fatalf("operation %d", n)
				}
			}
		})
	}
}

// TestMemoBreaks wants nothing touched when the memo cannot be saved.
func TestMemoBreaks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	before := b.tree()
	changes := b.changes()
	b.env.Memo = &note{fail: errBroken}
	if err := b.apply(changes); !errors.Is(err, errBroken) {
		t.Errorf("apply without a memo: %v", err)
	}
	b.sameTree("apply without a memo", before)
	b.env.Memo = nil
	if err := b.apply(changes); err == nil {
		t.Error("apply without any memo worked: nothing could be undone")
	}
	b.sameTree("apply without any memo", before)
}
