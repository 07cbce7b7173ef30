package check

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"quiesce/actions"
)

// fileProbe looks at a file.
type fileProbe struct {
	Path     string `param:"path" json:"path"`
	Exists   bool   `param:"exists" json:"exists"`
	SHA256   string `param:"sha256" json:"sha256,omitempty"`
	Contains string `param:"contains" json:"contains,omitempty"`
}

func (q *fileProbe) check(p *actions.Proposal, env *actions.Env) {
	if !env.Host.Facts.Flavour().IsAbs(q.Path) {
		p.Refuse("file", "relative-path", "write it from the root on", "%s is no absolute path on %s", q.Path, env.Host.Facts.OS)
	}
	if raw, err := hex.DecodeString(q.SHA256); q.SHA256 != "" && (err != nil || len(raw) != sha256.Size) {
		p.Refuse("file", "bad-digest", "write 64 hex digits", "%q is no SHA-256", q.SHA256)
	}
	if !q.Exists && (q.SHA256 != "" || q.Contains != "") {
		p.Refuse("file", "contradiction", "leave out exists: false, or what the file holds", "a file that must not exist holds nothing")
	}
}

func (q *fileProbe) describe() (subject, expected string) {
	if !q.Exists {
		return "file " + q.Path, "does not exist"
	}
	expected = "exists"
	if q.SHA256 != "" {
		expected += ", with SHA-256 " + q.SHA256
	}
	if q.Contains != "" {
		expected += fmt.Sprintf(", and contains %q", q.Contains)
	}
	return "file " + q.Path, expected
}

func (q *fileProbe) ask(ctx context.Context, env *actions.Env) (err error) {
	dir, name := env.Host.Facts.Flavour().Split(q.Path)
	if env.Host.Facts.Flavour().Clean(q.Path) == env.Host.Facts.Flavour().Clean(dir) {
		name = "." // a root has no directory that it is in
	}
	tree, err := env.Host.Files.Open(ctx, dir)
	if err != nil {
		return q.missing(err)
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	info, err := tree.Stat(name)
	switch {
	case err != nil:
		return q.missing(err)
	case !q.Exists:
		return errors.New("it exists")
	case q.SHA256 == "" && q.Contains == "":
		return nil
	case !info.Mode().IsRegular():
		return fmt.Errorf("it is no file: %s", info.Mode().Type())
	}
	f, err := tree.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return q.read(f)
}

// missing is the answer to a file that cannot be looked at.
func (q *fileProbe) missing(err error) error {
	if !q.Exists && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (q *fileProbe) read(r io.Reader) error {
	hash := sha256.New()
	search := &searcher{want: []byte(q.Contains)}
	if _, err := io.Copy(io.MultiWriter(hash, search), r); err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); q.SHA256 != "" && !strings.EqualFold(got, q.SHA256) {
		return fmt.Errorf("its SHA-256 is %s, expected %s", got, q.SHA256)
	}
	if q.Contains != "" && !search.found {
		return fmt.Errorf("it does not contain %q", q.Contains)
	}
	return nil
}

// searcher looks for a text in what is written to it, in constant memory.
type searcher struct {
	want  []byte
	tail  []byte // the end of what came before, shorter than want
	found bool
}

func (s *searcher) Write(data []byte) (int, error) {
	window := append(s.tail, data...)
	s.found = s.found || bytes.Contains(window, s.want)
	keep := min(len(window), max(0, len(s.want)-1))
	s.tail = bytes.Clone(window[len(window)-keep:])
	return len(data), nil
}
