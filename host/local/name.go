package local

import (
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"quiesce/host"
)

// begin is the start of every operation: it refuses names that a tree does not
// take, and ends when the tree's context has ended.
func (t *tree) begin(op string, names ...string) error {
	for _, name := range names {
		if err := check(name); err != nil {
			return &fs.PathError{Op: op, Path: name, Err: err}
		}
	}
	if t.ctx.Err() != nil {
		return &fs.PathError{Op: op, Path: t.path(names[0]), Err: context.Cause(t.ctx)}
	}
	return nil
}

// check refuses what os.Root would clean up, follow or misread: trailing
// slashes have led out of roots before (golang/go#79005).
func check(name string) error {
	if strings.HasPrefix(name, "/") || filepath.IsAbs(name) {
		return host.ErrOutside
	}
	for element := range strings.SplitSeq(name, "/") {
		if element == ".." {
			return host.ErrOutside
		}
	}
	if !valid(name) || runtime.GOOS == "windows" && strings.ContainsAny(name, `\:`) {
		return fs.ErrInvalid
	}
	return nil
}

// valid is fs.ValidPath without its demand for UTF-8, which Linux does not make.
func valid(name string) bool {
	if name == "." {
		return true
	}
	for element := range strings.SplitSeq(name, "/") {
		if element == "" || element == "." {
			return false
		}
	}
	return !strings.ContainsRune(name, 0)
}

// path returns the absolute path of a name.
func (t *tree) path(name string) string {
	return filepath.Join(t.dir, filepath.FromSlash(name))
}

// split parts a name into its directory and its last element.
func split(name string) (dir, base string) { return path.Dir(name), path.Base(name) }
