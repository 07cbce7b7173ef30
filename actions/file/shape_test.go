package file_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/spf13/afero"

	"quiesce/host"
)

// shape is what the file system of a disk can do, and what it only says.
type shape struct {
	name                              string
	exchange, place, syncAll, imports bool

	job  string // at work
	lies string // what does nothing, though it says so
}

func shapes() []shape {
	return []shape{
		{name: "with everything", exchange: true, place: true, syncAll: true, imports: true},
		{name: "without exchange", place: true, syncAll: true, imports: true},
		{name: "without place", exchange: true, syncAll: true, imports: true},
		{name: "without sync of all", exchange: true, place: true, imports: true},
		{name: "with sync of files and directories only"},
	}
}

type shapedFiles struct {
	host.Files
	shape
}

func (f shapedFiles) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := f.Files.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return &shapedTree{Tree: tree, shape: f.shape}, nil
}

// shapedTree lacks what its shape says.
type shapedTree struct {
	host.Tree
	shape
	synced atomic.Int32 // how often, all of it
}

// lie tells whether something only says that it is durable.
func (s shape) lie(what string) bool { return s.lies == s.job+": "+what }

func (t *shapedTree) Exchange(a, b string) error {
	if !t.exchange {
		return errors.ErrUnsupported
	}
	return t.Tree.(host.Exchanger).Exchange(a, b)
}

func (t *shapedTree) Place(from, to string) error {
	if !t.place {
		return errors.ErrUnsupported
	}
	return t.Tree.(host.Placer).Place(from, to)
}

func (t *shapedTree) SyncAll() error {
	switch {
	case !t.syncAll:
		return errors.ErrUnsupported
	case t.lie(fmt.Sprintf("sync of all %d", t.synced.Add(1))):
		return nil
	}
	return t.Tree.(host.Syncer).SyncAll()
}

func (t *shapedTree) SyncDir(dir string) error {
	if t.lie("sync of a directory") {
		return nil
	}
	return t.Tree.(host.Syncer).SyncDir(dir)
}

func (t *shapedTree) Import(source afero.Fs, from, to string) (int64, string, error) {
	if !t.imports {
		return 0, "", errors.ErrUnsupported
	}
	return t.Tree.(host.Importer).Import(source, from, to)
}

func (t *shapedTree) Open(name string) (afero.File, error) { return t.OpenFile(name, os.O_RDONLY, 0) }

func (t *shapedTree) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	f, err := t.Tree.OpenFile(name, flag, perm)
	if err != nil || !t.lie("sync of a file") {
		return f, err
	}
	return forgetful{f}, nil
}

// forgetful says that it is durable, and is not.
type forgetful struct{ afero.File }

func (forgetful) Sync() error { return nil }
