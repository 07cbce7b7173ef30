package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"

	"github.com/spf13/afero"
)

// opener is all that a content needs of the file system that holds it.
type opener interface {
	Open(name string) (afero.File, error)
}

// How much is read at once: a small file at most, and in any case something.
const (
	minBuffer = 512
	maxBuffer = 128 << 10
)

// content is the bytes of a file: here, or where fs has them under name.
type content struct {
	fs     opener
	name   string
	size   int64 // of what fs has
	data   []byte
	sum    string // SHA-256 in hex, if known
	shared bool   // several nodes have it; who writes makes a copy
}

// own makes the content of a node one that may be written.
func (n *node) own() error {
	c := n.content
	switch {
	case c.fs != nil:
		data, err := c.read()
		if err != nil {
			return err
		}
		n.content = &content{data: data}
	case c.shared:
		n.content = &content{data: slices.Clone(c.data)}
	}
	n.content.sum = ""
	return nil
}

// read returns the bytes, which the caller must not change.
func (c *content) read() ([]byte, error) {
	if c.fs == nil {
		return c.data, nil
	}
	h, err := c.fs.Open(c.name)
	if err != nil {
		return nil, cause(err)
	}
	data, err := io.ReadAll(h)
	return data, errors.Join(err, h.Close())
}

// digest returns the SHA-256 of the bytes. It reads them if nobody knows it.
func (c *content) digest() (string, error) {
	if c.sum != "" {
		return c.sum, nil
	}
	if c.fs == nil {
		sum := sha256.Sum256(c.data)
		return hex.EncodeToString(sum[:]), nil
	}
	if d, ok := c.fs.(digester); ok {
		sum, err := d.Digest(c.name)
		if !errors.Is(err, errors.ErrUnsupported) {
			return sum, err
		}
	}
	h, err := c.fs.Open(c.name)
	if err != nil {
		return "", cause(err)
	}
	hash := sha256.New()
	_, err = io.CopyBuffer(hash, h, make([]byte, min(max(c.size+1, minBuffer), maxBuffer)))
	return hex.EncodeToString(hash.Sum(nil)), errors.Join(err, h.Close())
}

// digester is host.Digester.
type digester interface {
	Digest(name string) (string, error)
}
