package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"syscall"

	"github.com/spf13/afero"
)

// Import implements host.Importer. It keeps a reference to the source, which
// must stay readable as long as the file is read here.
func (t *tree) Import(source afero.Fs, from, to string) (int64, string, error) {
	err := t.do("import", to, func() error {
		_, err := t.vacant(to)
		return err
	})
	if err != nil {
		return 0, "", err
	}
	c, size, err := t.take(source, from)
	if err != nil {
		return 0, "", &fs.PathError{Op: "import", Path: to, Err: err}
	}
	err = t.do("import", to, func() error { return t.putIn(to, c, size) })
	if err != nil {
		return 0, "", err
	}
	return size, c.sum, nil
}

// putIn makes the file of an import.
func (t *tree) putIn(to string, c *content, size int64) error {
	p, err := t.vacant(to)
	if err != nil {
		return err
	}
	n := t.f.newNode(p.parent, 0o600)
	if err := t.f.resize(n, size); err != nil {
		return err
	}
	n.content = c
	t.f.link(p.parent, p.name, n)
	return nil
}

// take returns the content of a source's file, its digest known.
func (t *tree) take(source afero.Fs, from string) (*content, int64, error) {
	if own, ok := source.(*tree); ok && own.f == t.f {
		return own.share(from)
	}
	info, err := source.Stat(from)
	switch {
	case err != nil:
		return nil, 0, err
	case info.IsDir():
		return nil, 0, &fs.PathError{Op: "read", Path: from, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return nil, 0, &fs.PathError{Op: "read", Path: from, Err: syscall.EINVAL}
	}
	if t.f.keep {
		return copyOf(source, from)
	}
	c := &content{fs: source, name: from, size: info.Size()}
	c.sum, err = c.digest()
	return c, info.Size(), err
}

// share returns the content of a file of this world, which two files have then.
func (t *tree) share(from string) (*content, int64, error) {
	sum, err := t.Digest(from)
	if err != nil {
		return nil, 0, err
	}
	var c *content
	var size int64
	err = t.on("read", from, true, func(p place) (err error) {
		if c, err = p.node.regular(); err != nil {
			return err
		}
		c.shared, c.sum, size = true, sum, p.node.size
		return nil
	})
	return c, size, err
}

// copyOf reads a file.
func copyOf(source afero.Fs, from string) (*content, int64, error) {
	h, err := source.Open(from)
	if err != nil {
		return nil, 0, err
	}
	data, err := io.ReadAll(h)
	if err := errors.Join(err, h.Close()); err != nil {
		return nil, 0, err
	}
	sum := sha256.Sum256(data)
	return &content{data: data, sum: hex.EncodeToString(sum[:])}, int64(len(data)), nil
}
