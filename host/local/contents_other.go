//go:build !linux

package local

import (
	"errors"
	"os"
	"time"
)

// contents is an open regular file.
type contents struct {
	*os.File
	size  int64
	id    identity // none: every file is read whenever it is asked for
	print fingerprint
	began time.Time
}

// inspect finds out what the directory lies on: nothing that matters here.
func (t *tree) inspect() error { return nil }

// openContents opens a regular file; of a name for anything else it says so.
// It looks first, so as not to wait for the writer of a named pipe.
func (t *tree) openContents(name string, flag int, perm os.FileMode) (c contents, err error) {
	if flag&os.O_CREATE == 0 {
		info, err := t.stat(name)
		if err != nil {
			return c, err
		}
		if !info.Mode().IsRegular() {
			return c, notRegular(info.IsDir())
		}
	}
	if c.File, err = t.root.OpenFile(name, flag, perm); err != nil {
		return c, err
	}
	info, err := c.File.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(info.IsDir())
	}
	if err != nil {
		return c, errors.Join(err, c.File.Close())
	}
	c.size, c.began = info.Size(), time.Now()
	return c, nil
}
