package file

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/spf13/afero"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/internal/fileversion"
)

// The types of things in Facts; a file's is empty.
const (
	typeFile      = ""
	typeDirectory = "directory"
	typeSymlink   = "symlink"
	typeOther     = "other" // a device, a socket, a pipe
)

// thing is what a name stands for, as seen at one moment. Nothing there is the
// zero thing.
type thing struct {
	info fs.FileInfo
	kind string
	link string // of a symbolic link: what it points to
	sum  string // of a file, once it was asked for: its SHA-256
}

func (t thing) there() bool         { return t.info != nil }
func (t thing) is(kind string) bool { return t.info != nil && t.kind == kind }

func (t thing) String() string {
	switch {
	case !t.there():
		return "nothing"
	case t.kind == typeFile && t.sum != "":
		return fmt.Sprintf("a file of %d bytes, sha256 %.12s…", t.info.Size(), t.sum)
	case t.kind == typeFile:
		return fmt.Sprintf("a file of %d bytes", t.info.Size())
	case t.kind == typeSymlink:
		return "a symbolic link to " + t.link
	case t.kind == typeDirectory:
		return "a directory"
	}
	return "neither file nor directory"
}

// look tells what name stands for, links not followed.
func look(tree host.Tree, name string) (thing, error) {
	info, _, err := tree.LstatIfPossible(name)
	if errors.Is(err, fs.ErrNotExist) {
		return thing{}, nil
	}
	if err != nil {
		return thing{}, fmt.Errorf("look at %s: %w", name, err)
	}
	return seen(tree, name, info)
}

// seen makes a thing of what a listing said.
func seen(tree host.Tree, name string, info fs.FileInfo) (thing, error) {
	t := thing{info: info, kind: kindOf(info.Mode())}
	if t.kind == typeSymlink {
		link, err := tree.ReadlinkIfPossible(name)
		if err != nil {
			return thing{}, fmt.Errorf("read link %s: %w", name, err)
		}
		t.link = link
	}
	return t, nil
}

func kindOf(m fs.FileMode) string {
	switch m.Type() {
	case 0:
		return typeFile
	case fs.ModeDir:
		return typeDirectory
	case fs.ModeSymlink:
		return typeSymlink
	}
	return typeOther
}

// digest returns the SHA-256 of a file; buf is room to read into.
func digest(tree host.Tree, name string, buf []byte) (sum string, err error) {
	if d, ok := tree.(host.Digester); ok {
		sum, err = d.Digest(name)
		if !errors.Is(err, errors.ErrUnsupported) {
			return sum, wrap("read", name, err)
		}
	}
	err = reading(tree, name, func(f afero.File) error {
		sum, err = sumOf(f, buf)
		return err
	})
	return sum, err
}

func sumOf(r io.Reader, buf []byte) (string, error) {
	h := sha256.New()
	if _, err := io.CopyBuffer(h, struct{ io.Reader }{r}, buf); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func reading(tree host.Tree, name string, read func(f afero.File) error) error {
	f, err := tree.Open(name)
	if err != nil {
		return wrap("read", name, err)
	}
	return wrap("read", name, errors.Join(read(f), f.Close()))
}

// version is what a file says of its own version. One that is damaged in a way
// that hides it has none.
type version struct {
	fileversion.Version
	known   bool
	damaged error
}

func versionOf(f afero.File, size int64) (version, error) {
	v, ok, err := fileversion.Read(f, size)
	if errors.Is(err, fileversion.ErrMalformed) {
		return version{damaged: err}, nil
	}
	return version{Version: v, known: ok}, err
}

// contentOf tells what a decision needs of a thing whose digest is known.
func contentOf(t thing, v version) content {
	c := content{modified: t.info.ModTime(), version: v}
	c.facts = actions.Facts{Type: t.kind}
	switch t.kind {
	case typeSymlink:
		c.facts.Target = t.link
	case typeFile:
		c.facts.Size, c.facts.SHA256 = t.info.Size(), t.sum
		c.facts.Modified = c.modified.UTC().Format(time.RFC3339Nano)
		if v.known {
			c.facts.Version, c.facts.Scheme = v.Text, v.Scheme
		}
	}
	return c
}

// wrap says what was attempted on what; nil stays nil.
func wrap(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", op, name, err)
}
