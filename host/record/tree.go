package record

import (
	"context"
	"os"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
)

type files struct {
	host.Files
	flavour host.Flavour
	log     *Log
}

// Open implements host.Files.
func (f files) Open(ctx context.Context, dir string) (host.Tree, error) {
	t, err := f.Files.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return &tree{t, f.flavour, dir, f.log}, nil
}

// tree logs what would change the tree that it embeds.
type tree struct {
	host.Tree
	flavour host.Flavour
	dir     string
	log     *Log
}

func (t *tree) add(what, name string) { t.log.add("%s %s", what, t.path(name)) }

func (t *tree) add2(what, from, to string) { t.log.add("%s %s and %s", what, t.path(from), t.path(to)) }

func (t *tree) path(name string) string { return t.flavour.Join(t.dir, name) }

// Create implements afero.Fs.
func (t *tree) Create(name string) (afero.File, error) {
	t.add("create", name)
	f, err := t.Tree.Create(name)
	return t.file(f, name, err)
}

// OpenFile implements afero.Fs. Opening is an effect if it may make or empty
// the file, writing to it always.
func (t *tree) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	switch {
	case flag&os.O_CREATE != 0:
		t.add("create", name)
	case flag&os.O_TRUNC != 0:
		t.add("truncate", name)
	}
	f, err := t.Tree.OpenFile(name, flag, perm)
	if err != nil || flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		return f, err
	}
	return t.file(f, name, nil)
}

func (t *tree) file(f afero.File, name string, err error) (afero.File, error) {
	if err != nil {
		return nil, err
	}
	return &file{f, t, name}, nil
}

// Mkdir implements afero.Fs.
func (t *tree) Mkdir(name string, perm os.FileMode) error {
	t.add("mkdir", name)
	return t.Tree.Mkdir(name, perm)
}

// MkdirAll implements afero.Fs.
func (t *tree) MkdirAll(name string, perm os.FileMode) error {
	t.add("mkdir", name)
	return t.Tree.MkdirAll(name, perm)
}

// Remove implements afero.Fs.
func (t *tree) Remove(name string) error {
	t.add("remove", name)
	return t.Tree.Remove(name)
}

// RemoveAll implements afero.Fs.
func (t *tree) RemoveAll(name string) error {
	t.add("remove all of", name)
	return t.Tree.RemoveAll(name)
}

// Rename implements afero.Fs.
func (t *tree) Rename(from, to string) error {
	t.add2("rename", from, to)
	return t.Tree.Rename(from, to)
}

// Chmod implements afero.Fs.
func (t *tree) Chmod(name string, mode os.FileMode) error {
	t.add("chmod", name)
	return t.Tree.Chmod(name, mode)
}

// Chown implements afero.Fs.
func (t *tree) Chown(name string, uid, gid int) error {
	t.add("chown", name)
	return t.Tree.Chown(name, uid, gid)
}

// Chtimes implements afero.Fs.
func (t *tree) Chtimes(name string, accessed, modified time.Time) error {
	t.add("chtimes", name)
	return t.Tree.Chtimes(name, accessed, modified)
}

// SymlinkIfPossible implements afero.Linker.
func (t *tree) SymlinkIfPossible(target, name string) error {
	t.add("symlink", name)
	return t.Tree.SymlinkIfPossible(target, name)
}

// file logs what would change the file that it embeds.
type file struct {
	afero.File
	tree *tree
	name string
}

// Write implements io.Writer.
func (f *file) Write(b []byte) (int, error) {
	f.tree.add("write", f.name)
	return f.File.Write(b)
}

// WriteAt implements io.WriterAt.
func (f *file) WriteAt(b []byte, offset int64) (int, error) {
	f.tree.add("write", f.name)
	return f.File.WriteAt(b, offset)
}

// WriteString implements afero.File.
func (f *file) WriteString(s string) (int, error) {
	f.tree.add("write", f.name)
	return f.File.WriteString(s)
}

// Truncate implements afero.File.
func (f *file) Truncate(size int64) error {
	f.tree.add("truncate", f.name)
	return f.File.Truncate(size)
}
