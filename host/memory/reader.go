package memory

import (
	"bytes"
	"io"
	"io/fs"
	"syscall"

	"github.com/spf13/afero"
)

// reader is an open entry of a fixture. What would change it is refused.
type reader struct {
	*bytes.Reader
	it     *item
	listed int
}

var _ afero.File = (*reader)(nil)

func newReader(it *item) *reader { return &reader{Reader: bytes.NewReader(it.data), it: it} }

func (r *reader) refuse(op string) error {
	return &fs.PathError{Op: op, Path: r.it.name, Err: fs.ErrPermission}
}

// Name implements afero.File.
func (r *reader) Name() string { return r.it.name }

// Close implements afero.File.
func (r *reader) Close() error { return nil }

// Stat implements afero.File.
func (r *reader) Stat() (fs.FileInfo, error) { return r.it, nil }

// Sync implements afero.File.
func (r *reader) Sync() error { return nil }

// Write implements io.Writer.
func (r *reader) Write([]byte) (int, error) { return 0, r.refuse("write") }

// WriteAt implements io.WriterAt.
func (r *reader) WriteAt([]byte, int64) (int, error) { return 0, r.refuse("write") }

// WriteString implements afero.File.
func (r *reader) WriteString(string) (int, error) { return 0, r.refuse("write") }

// Truncate implements afero.File.
func (r *reader) Truncate(int64) error { return r.refuse("truncate") }

// Readdir implements afero.File.
func (r *reader) Readdir(count int) ([]fs.FileInfo, error) {
	if !r.it.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: r.it.name, Err: syscall.ENOTDIR}
	}
	rest := r.it.below[r.listed:]
	if count > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(count, len(rest))]
	}
	r.listed += len(rest)
	infos := make([]fs.FileInfo, len(rest))
	for i, it := range rest {
		infos[i] = it
	}
	return infos, nil
}

// Readdirnames implements afero.File.
func (r *reader) Readdirnames(count int) ([]string, error) {
	infos, err := r.Readdir(count)
	names := make([]string, len(infos))
	for i, info := range infos {
		names[i] = info.Name()
	}
	return names, err
}
