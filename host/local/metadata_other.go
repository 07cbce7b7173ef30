//go:build !linux

package local

import (
	"io/fs"
	"time"
)

func (t *tree) chmod(name string, mode fs.FileMode) error { return t.root.Chmod(name, mode) }

func (t *tree) chown(name string, uid, gid int) error { return t.root.Chown(name, uid, gid) }

func (t *tree) chtimes(name string, atime, mtime time.Time) error {
	return t.root.Chtimes(name, atime, mtime)
}

func (t *tree) remove(name string) error { return t.root.Remove(name) }
