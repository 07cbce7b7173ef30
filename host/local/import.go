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
	in, err := t.opened(source, from, to)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := t.openContents(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
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

// opened opens a file of the source.
func (t *tree) opened(source afero.Fs, from, to string) (io.ReadCloser, error) {
	if s, ok := source.(*tree); ok {
		if err := s.begin("open", from); err != nil {
			return nil, fmt.Errorf("import %s: %w", t.path(to), err)
		}
		in, err := s.openContents(from, os.O_RDONLY, 0)
		if err != nil {
			return nil, fmt.Errorf("import %s: %w", t.path(to), s.fail("open", from, err))
		}
		return in, nil
	}
	in, err := source.Open(from)
	if err != nil {
		return nil, fmt.Errorf("import %s: %w", t.path(to), err)
	}
	info, err := in.Stat()
	if err == nil && info.IsDir() { // some file systems read a directory as an empty file
		err = syscall.EISDIR
	}
	if err != nil {
		return nil, errors.Join(t.fail("import", to, err), in.Close())
	}
	return in, nil
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
	if err := t.begin("digest", name); err != nil {
		return "", err
	}
	f, err := t.openContents(name, os.O_RDONLY, 0)
	if err != nil {
		return "", t.fail("digest", name, err)
	}
	defer func() { err = errors.Join(err, t.fail("digest", name, f.Close())) }()
	if known, ok := t.digests.of(f.id, f.print); ok {
		return hex.EncodeToString(known[:]), nil
	}
	digest := sha256.New()
	size, err := t.read(f, digest, func([]byte) error { return nil })
	if err != nil {
		return "", t.fail("digest", name, err)
	}
	digest.Sum(f.print.Sum[:0])
	if size == f.size {
		t.digests.remember(f.id, f.print, f.began)
	}
	return hex.EncodeToString(f.print.Sum[:]), nil
}

// ended tells without another system call that a file of the size that it had
// when it was opened is read whole: what was asked for was more than it had.
func ended(in io.Reader, size int64, n int) bool {
	c, ok := in.(contents)
	return ok && size == c.size && n < copyBuffer
}

// notRegular says what is wrong with something that should be a regular file.
func notRegular(directory bool) error {
	if directory {
		return syscall.EISDIR
	}
	return fmt.Errorf("it is no regular file: %w", syscall.EINVAL)
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
		if errors.Is(err, io.EOF) || err == nil && ended(in, size, n) {
			return size, nil
		}
		if err != nil {
			return 0, err
		}
	}
}
