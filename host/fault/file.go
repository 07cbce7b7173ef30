package fault

import (
	"errors"
	"os"

	"github.com/spf13/afero"
)

// file is an open file whose operations may fail.
type file struct {
	base afero.File
	tree *tree
	name string
}

func (f *file) check(op string) error { return f.tree.check(op, f.name) }

// Name implements afero.File.
func (f *file) Name() string { return f.base.Name() }

// Close implements io.Closer.
func (f *file) Close() error { return errors.Join(f.check("close"), f.base.Close()) }

// Read implements io.Reader.
func (f *file) Read(b []byte) (int, error) {
	if err := f.check("read"); err != nil {
		return 0, err
	}
	return f.base.Read(b)
}

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(b []byte, offset int64) (int, error) {
	if err := f.check("read"); err != nil {
		return 0, err
	}
	return f.base.ReadAt(b, offset)
}

// Seek implements io.Seeker.
func (f *file) Seek(offset int64, whence int) (int64, error) {
	if err := f.check("seek"); err != nil {
		return 0, err
	}
	return f.base.Seek(offset, whence)
}

// Write implements io.Writer.
func (f *file) Write(b []byte) (int, error) {
	return f.write(b, f.base.Write)
}

// WriteAt implements io.WriterAt.
func (f *file) WriteAt(b []byte, offset int64) (int, error) {
	return f.write(b, func(b []byte) (int, error) { return f.base.WriteAt(b, offset) })
}

// WriteString implements afero.File.
func (f *file) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

func (f *file) write(b []byte, write func([]byte) (int, error)) (int, error) {
	fault := f.check("write")
	if fault == nil {
		return write(b)
	}
	if !f.tree.plan.Short {
		return 0, fault
	}
	n, err := write(b[:len(b)/2])
	return n, errors.Join(fault, err)
}

// Readdir implements afero.File.
func (f *file) Readdir(count int) ([]os.FileInfo, error) {
	if err := f.check("readdir"); err != nil {
		return nil, err
	}
	return f.base.Readdir(count)
}

// Readdirnames implements afero.File.
func (f *file) Readdirnames(count int) ([]string, error) {
	if err := f.check("readdir"); err != nil {
		return nil, err
	}
	return f.base.Readdirnames(count)
}

// Stat implements afero.File.
func (f *file) Stat() (os.FileInfo, error) {
	if err := f.check("stat"); err != nil {
		return nil, err
	}
	return f.base.Stat()
}

// Sync implements afero.File.
func (f *file) Sync() error {
	if err := f.check("sync"); err != nil {
		return err
	}
	return f.base.Sync()
}

// Truncate implements afero.File.
func (f *file) Truncate(size int64) error {
	if err := f.check("truncate"); err != nil {
		return err
	}
	return f.base.Truncate(size)
}
