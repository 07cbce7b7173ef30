package file_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/actions/file"
	"quiesce/host"
	"quiesce/host/local"
	"quiesce/internal/diag"
	"quiesce/runbooks"
)

// note is a memo in memory. Like a journal, it keeps what was saved as bytes.
type note struct {
	data []byte
	fail error
}

func (n *note) Save(v any) error {
	if n.fail != nil {
		return n.fail
	}
	data, err := json.Marshal(v)
	n.data = data
	return err
}

func (n *note) Load(v any) (bool, error) {
	if n.data == nil {
		return false, nil
	}
	return true, json.Unmarshal(n.data, v)
}

// bench is a directory of this machine and a pack that goes there.
type bench struct {
	t          *testing.T
	root, pack string
	env        *actions.Env
	params     map[string]any
}

var (
	early = time.Date(1998, 3, 1, 1, 2, 3, 123456789, time.UTC)
	late  = time.Date(1999, 6, 2, 3, 4, 5, 987654321, time.UTC)
)

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, root: t.TempDir(), pack: t.TempDir()}
	machine := local.New(&local.Digests{})
	b.env = &actions.Env{Host: machine, Sources: machine.Files, Memo: &note{}, Run: "20260101t000000-0001", Step: "apply"}
	b.params = map[string]any{"source": b.pack, "to": b.root}
	return b
}

// fill makes a tree with something of every kind, and a pack that creates,
// replaces, keeps and removes.
func (b *bench) fill() {
	b.t.Helper()
	b.write(b.root, "bin/store.exe", "old store", 0o750, early)
	b.write(b.root, "bin/kept.dll", "newer there", 0o644, late.Add(time.Hour))
	b.write(b.root, "bin/same.dll", "same", 0o644, early)
	b.write(b.root, "etc/app.conf", "old conf", 0o4711, early)
	b.write(b.root, "old/a.txt", "a", 0o600, early)
	b.write(b.root, "old/deep/b.txt", "b", 0o644, early)
	b.write(b.root, "old/deep/c.txt", "c", 0o644, late)
	b.write(b.root, "trash.log", "log", 0o644, early)
	b.write(b.root, "mine.txt", "nobody's business", 0o644, early)
	b.link(b.root, "current", "bin/store.exe")
	b.write(b.pack, "bin/store.exe", "new store, larger", 0o644, late)
	b.write(b.pack, "bin/kept.dll", "older in the pack", 0o644, late)
	b.write(b.pack, "bin/same.dll", "same", 0o755, late)
	b.write(b.pack, "bin/tools/fix.sh", "#!/bin/sh\n", 0o755, late)
	b.write(b.pack, "bin/tools/deep/er.txt", "deeper", 0o640, late)
	b.write(b.pack, "etc/app.conf", "new conf", 0o644, late)
	b.write(b.pack, "README", "read me", 0o444, late)
	b.write(b.pack, "empty", "", 0o644, late)
	b.link(b.pack, "bin/latest", "tools/fix.sh")
	b.mkdir(b.pack, "spool/in")
	if os.Geteuid() == 0 {
		b.check(os.Chown(filepath.Join(b.root, "bin/store.exe"), 1234, 2345))
		b.check(os.Chmod(filepath.Join(b.root, "bin/store.exe"), 0o750))
		b.check(os.Chtimes(filepath.Join(b.root, "bin/store.exe"), early, early))
	}
	b.settleDirs()
	b.params["remove"] = []any{"old", "*.log"}
}

// settleDirs gives every directory a time of its own that no test can hit by chance.
func (b *bench) settleDirs() {
	b.t.Helper()
	n := 0
	b.check(filepath.WalkDir(b.root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		n++
		at := early.Add(time.Duration(n) * time.Hour)
		return os.Chtimes(p, at, at)
	}))
}

func (b *bench) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) mkdir(in, name string) {
	b.t.Helper()
	b.check(os.MkdirAll(filepath.Join(in, name), 0o755))
}

func (b *bench) write(in, name, text string, mode fs.FileMode, at time.Time) {
	b.t.Helper()
	p := filepath.Join(in, name)
	b.mkdir(in, filepath.Dir(name))
	if err := os.Chmod(p, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.t.Fatal(err)
	}
	b.check(os.WriteFile(p, []byte(text), 0o600))
	m := mode & 0o777
	if mode&0o4000 != 0 {
		m |= fs.ModeSetuid
	}
	b.check(os.Chmod(p, m))
	b.check(os.Chtimes(p, at, at))
}

func (b *bench) link(in, name, target string) {
	b.t.Helper()
	b.mkdir(in, filepath.Dir(name))
	b.check(os.Symlink(target, filepath.Join(in, name)))
}

// tree tells all that can be known of a directory, one line a name. Inodes are
// in it: undo gives back the very file.
func (b *bench) tree() map[string]string {
	b.t.Helper()
	all := map[string]string{}
	b.check(filepath.WalkDir(b.root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(p)
		if err != nil {
			return err
		}
		body := ""
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			body = fmt.Sprintf("%d bytes %x", len(data), sha256.Sum256(data))
		case info.Mode()&fs.ModeSymlink != 0:
			if body, err = os.Readlink(p); err != nil {
				return err
			}
		}
		rel, err := filepath.Rel(b.root, p)
		all[rel] = fmt.Sprintf("%s %s %s %s", info.Mode(), owner(info), info.ModTime().UTC().Format(time.RFC3339Nano), body)
		return err
	}))
	return all
}

func (b *bench) text(name string) string {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.root, name))
	b.check(err)
	return string(data)
}

// proposal plans.
func (b *bench) proposal() actions.Proposal {
	b.t.Helper()
	step := actions.StepParams{Params: runbooks.Params{Values: b.params}}
	a, err := file.Family().Verbs[0].New(step)
	b.check(err)
	p, err := a.Plan(context.Background(), b.env)
	b.check(err)
	return p
}

// changes plans, and wants no error among the findings.
func (b *bench) changes() []actions.Change {
	b.t.Helper()
	p := b.proposal()
	for _, f := range p.Findings {
		if f.Severity == diag.Error {
			b.t.Fatalf("finding: %s: %s", f.Param, f.Message)
		}
	}
	return p.Changes
}

func operator() actions.Transactor {
	return file.Family().Operators[0].(actions.Transactor)
}

func (b *bench) apply(changes []actions.Change) error {
	return operator().ApplyAll(context.Background(), b.env, changes)
}

func (b *bench) undo(changes []actions.Change) error {
	return operator().UndoAll(context.Background(), b.env, changes)
}

// states wants the same answer for all changes that alter the host.
func (b *bench) states(changes []actions.Change, want actions.State) {
	b.t.Helper()
	for _, c := range changes {
		s, err := operator().Inspect(context.Background(), b.env, c)
		b.check(err)
		if actions.Alters(c.Kind) && s.State != want {
			b.t.Errorf("%s %s is %s (%s), want %s", c.Kind, c.Subject, s.State, s.Detail, want)
		}
	}
}

func (b *bench) sameTree(what string, want map[string]string) {
	b.t.Helper()
	if d := cmp.Diff(want, b.tree()); d != "" {
		b.t.Errorf("%s:\n%s", what, d)
	}
}

// kinds lists what a plan comes to, below the root.
func (b *bench) kinds(changes []actions.Change) []string {
	var lines []string
	for _, c := range changes {
		name := strings.TrimPrefix(strings.TrimPrefix(c.Subject, b.root), "/")
		lines = append(lines, fmt.Sprintf("%s %s %s", strings.TrimPrefix(c.Kind, "file."), name, c.Rule))
	}
	return lines
}

// foreign hides what a tree can do beyond afero.Fs: names cannot be exchanged
// or placed, and nothing can be imported or synced at once.
type foreign struct{ host.Files }

func (f foreign) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := f.Files.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return struct{ host.Tree }{tree}, nil
}

func sorted(lines []string) []string {
	out := slices.Clone(lines)
	slices.Sort(out)
	return out
}
