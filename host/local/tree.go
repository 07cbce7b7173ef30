package local

import (
	"io/fs"
	"os"
	"time"

	"github.com/spf13/afero"
)

// Create implements afero.Fs.
func (t *tree) Create(name string) (afero.File, error) {
	return t.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// Open implements afero.Fs.
func (t *tree) Open(name string) (afero.File, error) {
	return t.OpenFile(name, os.O_RDONLY, 0)
}

// OpenFile implements afero.Fs.
func (t *tree) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if err := t.begin("open", name); err != nil {
		return nil, err
	}
	f, err := t.open(name, flag, perm)
	if err != nil {
		return nil, t.fail("open", name, err)
	}
	return &file{f, t, name}, nil
}

func (t *tree) open(name string, flag int, perm os.FileMode) (*os.File, error) {
	if f, ok := t.beneath(name, flag, perm); ok {
		return f, nil
	}
	return t.root.OpenFile(name, flag, perm)
}

func (t *tree) stat(name string) (fs.FileInfo, error) {
	if info, ok, err := t.look(name, true); ok {
		return info, err
	}
	info, err := t.root.Stat(name)
	if err != nil {
		return nil, err
	}
	return withAttributes(info), nil
}

func (t *tree) lstat(name string) (fs.FileInfo, error) {
	if info, ok, err := t.look(name, false); ok {
		return info, err
	}
	info, err := t.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	return withAttributes(info), nil
}

// Mkdir implements afero.Fs.
func (t *tree) Mkdir(name string, perm os.FileMode) error {
	return t.on("make directory", name, func() error { return t.root.Mkdir(name, perm) })
}

// MkdirAll implements afero.Fs.
func (t *tree) MkdirAll(name string, perm os.FileMode) error {
	return t.on("make directory", name, func() error { return t.root.MkdirAll(name, perm) })
}

// Remove implements afero.Fs.
func (t *tree) Remove(name string) error {
	return t.on("remove", name, func() error { return t.remove(name) })
}

// RemoveAll implements afero.Fs.
func (t *tree) RemoveAll(name string) error {
	return t.on("remove", name, func() error { return t.root.RemoveAll(name) })
}

// Rename implements afero.Fs.
func (t *tree) Rename(from, to string) error {
	if err := t.begin("rename", from, to); err != nil {
		return err
	}
	return t.failBoth("rename", from, to, t.root.Rename(from, to))
}

// Chmod implements afero.Fs.
func (t *tree) Chmod(name string, mode os.FileMode) error {
	return t.on("change mode of", name, func() error { return t.chmod(name, mode) })
}

// Chown implements afero.Fs.
func (t *tree) Chown(name string, uid, gid int) error {
	return t.on("change owner of", name, func() error { return t.chown(name, uid, gid) })
}

// Chtimes implements afero.Fs.
func (t *tree) Chtimes(name string, atime, mtime time.Time) error {
	return t.on("change times of", name, func() error { return t.chtimes(name, atime, mtime) })
}

// Stat implements afero.Fs.
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	return t.info("stat", name, t.stat)
}

// LstatIfPossible implements afero.Lstater.
func (t *tree) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	info, err := t.info("lstat", name, t.lstat)
	return info, true, err
}

// SymlinkIfPossible implements afero.Linker. The target is not judged: a link
// that leads out can be made, and not be followed.
func (t *tree) SymlinkIfPossible(target, name string) error {
	return t.on("make symbolic link", name, func() error { return t.root.Symlink(target, name) })
}

// ReadlinkIfPossible implements afero.LinkReader.
func (t *tree) ReadlinkIfPossible(name string) (string, error) {
	var target string
	err := t.on("read link", name, func() (err error) {
		target, err = t.root.Readlink(name)
		return err
	})
	return target, err
}

// on carries out one operation on one name.
func (t *tree) on(op, name string, do func() error) error {
	if err := t.begin(op, name); err != nil {
		return err
	}
	return t.fail(op, name, do())
}

func (t *tree) info(op, name string, get func(string) (fs.FileInfo, error)) (fs.FileInfo, error) {
	if err := t.begin(op, name); err != nil {
		return nil, err
	}
	info, err := get(name)
	if err != nil {
		return nil, t.fail(op, name, err)
	}
	return info, nil
}
