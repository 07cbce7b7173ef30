package local

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
)

// file implements afero.File. Reading and writing end with the context of the
// tree; closing does not.
type file struct {
	f    *os.File
	t    *tree
	name string
}

// Name returns the name within the tree.
func (f *file) Name() string { return f.name }

// Close implements io.Closer.
func (f *file) Close() error { return f.t.fail("close", f.name, f.f.Close()) }

// Read implements io.Reader.
func (f *file) Read(p []byte) (int, error) {
	return f.transfer("read", func() (int, error) { return f.f.Read(p) })
}

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	return f.transfer("read", func() (int, error) { return f.f.ReadAt(p, off) })
}

// Write implements io.Writer.
func (f *file) Write(p []byte) (int, error) {
	return f.transfer("write", func() (int, error) { return f.f.Write(p) })
}

// WriteAt implements io.WriterAt.
func (f *file) WriteAt(p []byte, off int64) (int, error) {
	return f.transfer("write", func() (int, error) { return f.f.WriteAt(p, off) })
}

// WriteString implements io.StringWriter.
func (f *file) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

// Seek implements io.Seeker.
func (f *file) Seek(offset int64, whence int) (int64, error) {
	n, err := f.f.Seek(offset, whence)
	return n, f.t.fail("seek in", f.name, err)
}

// Sync implements afero.File.
func (f *file) Sync() error { return f.t.fail("sync", f.name, f.f.Sync()) }

// Truncate implements afero.File.
func (f *file) Truncate(size int64) error {
	_, err := f.transfer("truncate", func() (int, error) { return 0, f.f.Truncate(size) })
	return err
}

// Stat implements afero.File.
func (f *file) Stat() (fs.FileInfo, error) {
	info, err := f.f.Stat()
	if err != nil {
		return nil, f.t.fail("stat", f.name, err)
	}
	return withAttributes(info), nil
}

// Readdir implements afero.File; what it returns at once is sorted by name.
func (f *file) Readdir(count int) ([]fs.FileInfo, error) {
	infos, err := f.f.Readdir(count)
	for i, info := range infos {
		infos[i] = withAttributes(info)
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int { return cmp.Compare(a.Name(), b.Name()) })
	return infos, f.end("read directory", err)
}

// Readdirnames implements afero.File; what it returns at once is sorted.
func (f *file) Readdirnames(count int) ([]string, error) {
	names, err := f.f.Readdirnames(count)
	slices.Sort(names)
	return names, f.end("read directory", err)
}

func (f *file) transfer(op string, do func() (int, error)) (int, error) {
	if f.t.ctx.Err() != nil {
		return 0, f.t.fail(op, f.name, context.Cause(f.t.ctx))
	}
	n, err := do()
	return n, f.end(op, err)
}

// end passes io.EOF on as it is; callers compare it.
func (f *file) end(op string, err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return f.t.fail(op, f.name, err)
}
