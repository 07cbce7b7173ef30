package fault

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
)

type files struct {
	base    host.Files
	flavour host.Flavour
	plan    *Plan
}

// Open implements host.Files.
func (f files) Open(ctx context.Context, dir string) (host.Tree, error) {
	if err := f.plan.checkFile("open directory", dir); err != nil {
		return nil, err
	}
	t, err := f.base.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return &tree{t, f.flavour, dir, f.plan}, nil
}

// tree is a directory whose operations may fail.
type tree struct {
	base    host.Tree
	flavour host.Flavour
	dir     string
	plan    *Plan
}

func (t *tree) check(op, name string) error {
	return t.plan.checkFile(op, t.flavour.Join(t.dir, name))
}

// Name implements afero.Fs.
func (t *tree) Name() string { return t.base.Name() }

// Close implements io.Closer.
func (t *tree) Close() error {
	return errors.Join(t.check("close directory", "."), t.base.Close())
}

// Create implements afero.Fs.
func (t *tree) Create(name string) (afero.File, error) {
	if err := t.check("create", name); err != nil {
		return nil, err
	}
	f, err := t.base.Create(name)
	return t.file(f, name, err)
}

// Open implements afero.Fs.
func (t *tree) Open(name string) (afero.File, error) {
	if err := t.check("open", name); err != nil {
		return nil, err
	}
	f, err := t.base.Open(name)
	return t.file(f, name, err)
}

// OpenFile implements afero.Fs. With O_CREATE its kind is create.
func (t *tree) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	op := "open"
	if flag&os.O_CREATE != 0 {
		op = "create"
	}
	if err := t.check(op, name); err != nil {
		return nil, err
	}
	f, err := t.base.OpenFile(name, flag, perm)
	return t.file(f, name, err)
}

func (t *tree) file(f afero.File, name string, err error) (afero.File, error) {
	if err != nil {
		return nil, err
	}
	return &file{f, t, name}, nil
}

// Mkdir implements afero.Fs.
func (t *tree) Mkdir(name string, perm os.FileMode) error {
	if err := t.check("mkdir", name); err != nil {
		return err
	}
	return t.base.Mkdir(name, perm)
}

// MkdirAll implements afero.Fs.
func (t *tree) MkdirAll(name string, perm os.FileMode) error {
	if err := t.check("mkdir", name); err != nil {
		return err
	}
	return t.base.MkdirAll(name, perm)
}

// Remove implements afero.Fs.
func (t *tree) Remove(name string) error {
	if err := t.check("remove", name); err != nil {
		return err
	}
	return t.base.Remove(name)
}

// RemoveAll implements afero.Fs.
func (t *tree) RemoveAll(name string) error {
	if err := t.check("remove", name); err != nil {
		return err
	}
	return t.base.RemoveAll(name)
}

// Rename implements afero.Fs.
func (t *tree) Rename(from, to string) error {
	if err := t.check("rename", from); err != nil {
		return err
	}
	return t.base.Rename(from, to)
}

// Stat implements afero.Fs.
func (t *tree) Stat(name string) (os.FileInfo, error) {
	if err := t.check("stat", name); err != nil {
		return nil, err
	}
	return t.base.Stat(name)
}

// LstatIfPossible implements afero.Lstater.
func (t *tree) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	if err := t.check("stat", name); err != nil {
		return nil, true, err
	}
	return t.base.LstatIfPossible(name)
}

// ReadlinkIfPossible implements afero.LinkReader.
func (t *tree) ReadlinkIfPossible(name string) (string, error) {
	if err := t.check("readlink", name); err != nil {
		return "", err
	}
	return t.base.ReadlinkIfPossible(name)
}

// SymlinkIfPossible implements afero.Linker.
func (t *tree) SymlinkIfPossible(target, name string) error {
	if err := t.check("symlink", name); err != nil {
		return err
	}
	return t.base.SymlinkIfPossible(target, name)
}

// Chmod implements afero.Fs.
func (t *tree) Chmod(name string, mode os.FileMode) error {
	if err := t.check("chmod", name); err != nil {
		return err
	}
	return t.base.Chmod(name, mode)
}

// Chown implements afero.Fs.
func (t *tree) Chown(name string, uid, gid int) error {
	if err := t.check("chown", name); err != nil {
		return err
	}
	return t.base.Chown(name, uid, gid)
}

// Chtimes implements afero.Fs.
func (t *tree) Chtimes(name string, accessed, modified time.Time) error {
	if err := t.check("chtimes", name); err != nil {
		return err
	}
	return t.base.Chtimes(name, accessed, modified)
}
