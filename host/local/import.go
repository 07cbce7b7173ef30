package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"syscall"

	"github.com/spf13/afero"
)

// copyBuffer is the size of one read in bytes: most files fit.
const copyBuffer = 256 << 10

// Import implements host.Importer. The contents are read once, hashed and
// written; the caller makes them durable.
func (t *tree) Import(source afero.Fs, from, to string) (size int64, sum string, err error) {
	if err := t.begin("import", to); err != nil {
		return 0, "", err
	}
	in, err := source.Open(from)
	if err != nil {
		return 0, "", fmt.Errorf("import %s: %w", t.path(to), err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	info, err := in.Stat()
	if err == nil && info.IsDir() { // some file systems read a directory as an empty file
		err = syscall.EISDIR
	}
	if err != nil {
		return 0, "", t.fail("import", to, err)
	}
	out, err := t.open(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, "", t.fail("import", to, err)
	}
	size, sum, err = t.copy(out, in, to)
	if closed := out.Close(); err == nil {
		err = t.fail("import", to, closed)
	}
	if err != nil {
		return 0, "", errors.Join(err, t.fail("remove", to, t.root.Remove(to)))
	}
	return size, sum, nil
}

func (t *tree) copy(out io.Writer, in io.Reader, to string) (int64, string, error) {
	digest := sha256.New()
	size, err := t.read(in, digest, func(b []byte) error {
		_, err := out.Write(b)
		return t.meaning(cause(err))
	})
	if err != nil {
		return 0, "", fmt.Errorf("import %s: %w", t.path(to), err)
	}
	return size, hex.EncodeToString(digest.Sum(nil)), nil
}

// Digest implements host.Digester.
func (t *tree) Digest(name string) (sum string, err error) {
	f, err := t.openRegular("digest", name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, t.fail("digest", name, f.Close())) }()
	digest := sha256.New()
	if _, err := t.read(f, digest, func([]byte) error { return nil }); err != nil {
		return "", t.fail("digest", name, err)
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// read reads in to its end into digest and each.
func (t *tree) read(in io.Reader, digest hash.Hash, each func([]byte) error) (size int64, err error) {
	buffer := t.buffers.Get().(*[copyBuffer]byte)
	defer t.buffers.Put(buffer)
	for {
		if t.ctx.Err() != nil {
			return 0, context.Cause(t.ctx)
		}
		n, err := in.Read(buffer[:])
		size += int64(n)
		digest.Write(buffer[:n]) // never fails
		if n > 0 {
			if err := each(buffer[:n]); err != nil {
				return 0, err
			}
		}
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// openRegular opens a regular file to read. It looks before it opens, so as not
// to wait for the writer of a named pipe, and again afterwards.
func (t *tree) openRegular(op, name string) (*os.File, error) {
	if err := t.begin(op, name); err != nil {
		return nil, err
	}
	info, err := t.stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(info)
	}
	if err != nil {
		return nil, t.fail(op, name, err)
	}
	f, err := t.open(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, t.fail(op, name, err)
	}
	info, err = f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(info)
	}
	if err != nil {
		return nil, t.fail(op, name, errors.Join(err, f.Close()))
	}
	return f, nil
}

func notRegular(info os.FileInfo) error {
	if info.IsDir() {
		return syscall.EISDIR
	}
	return fmt.Errorf("it is no regular file: %w", syscall.EINVAL)
}
