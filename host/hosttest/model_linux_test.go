package hosttest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"quiesce/host"
	"quiesce/host/hosttest"
)

// operation is one thing to do to files, on a simulated tree and on real ones.
type operation struct {
	name string
	tree func(host.Tree) (string, error)
	real func(*os.Root) (string, error)
}

// kindOf tells errors apart as callers do.
func kindOf(err error, outside error) string {
	for _, k := range []struct {
		name string
		errs []error
	}{
		{"ok", nil},
		{"outside", []error{host.ErrOutside, outside}},
		{"not empty", []error{syscall.ENOTEMPTY}},
		{"missing", []error{fs.ErrNotExist}},
		{"taken", []error{fs.ErrExist}},
		{"no directory", []error{syscall.ENOTDIR}},
		{"directory", []error{syscall.EISDIR}},
		{"invalid", []error{syscall.EINVAL}},
		{"loop", []error{syscall.ELOOP}},
	} {
		if k.errs == nil && err == nil {
			return k.name
		}
		for _, target := range k.errs {
			if errors.Is(err, target) {
				return k.name
			}
		}
	}
	return err.Error()
}

var names = rapid.SampledFrom([]string{
	"a", "b", "c", "a/x", "a/y", "b/x", "b/y", "a/x/z", "c/x", "c/y/z",
	"readme", "bin", "bin/app", "bin/new", "link", "dirlink", "dirlink/app", "dirlink/new", "bin/up",
	"dangling", "nowhere", "out", "out/x", "abs", "empty", "empty/x", "share", "share/doc", "loop",
})

var targets = rapid.SampledFrom([]string{
	"a", "b", "readme", "bin", "a/x", "../a", "../readme", "../../outside", "/etc", "x", ".", "..", "share/doc", "bin/", "readme/",
})

func draw(t *rapid.T) operation {
	a, b := names.Draw(t, "a"), names.Draw(t, "b")
	data := rapid.StringOfN(rapid.RuneFrom([]rune("xyz")), 0, 5, -1).Draw(t, "data")
	target := targets.Draw(t, "target")
	mode := rapid.SampledFrom([]fs.FileMode{0o700, 0o711, 0o755}).Draw(t, "mode")
	flag := os.O_WRONLY | rapid.SampledFrom([]int{
		0, os.O_CREATE, os.O_CREATE | os.O_EXCL, os.O_CREATE | os.O_TRUNC, os.O_APPEND, os.O_TRUNC, os.O_CREATE | os.O_APPEND,
	}).Draw(t, "flag")
	none := func(err error) (string, error) { return "", err }
	ops := []operation{
		{"mkdir " + a, func(f host.Tree) (string, error) { return none(f.Mkdir(a, 0o700)) },
			func(r *os.Root) (string, error) { return none(r.Mkdir(a, 0o700)) }},
		{fmt.Sprintf("write %s %x", a, flag), func(f host.Tree) (string, error) {
			h, err := f.OpenFile(a, flag, 0o600)
			return none(put(h, err, data))
		}, func(r *os.Root) (string, error) {
			h, err := r.OpenFile(a, flag, 0o600)
			return none(put(h, err, data))
		}},
		{"read " + a, func(f host.Tree) (string, error) {
			b, err := afero.ReadFile(f, a)
			return string(b), err
		}, func(r *os.Root) (string, error) {
			b, err := r.ReadFile(a)
			return string(b), err
		}},
		{"stat " + a, func(f host.Tree) (string, error) { return shown(f.Stat(a)) },
			func(r *os.Root) (string, error) { return shown(r.Stat(a)) }},
		{"remove " + a, func(f host.Tree) (string, error) { return none(f.Remove(a)) },
			func(r *os.Root) (string, error) { return none(r.Remove(a)) }},
		{"remove all " + a, func(f host.Tree) (string, error) { return none(f.RemoveAll(a)) },
			func(r *os.Root) (string, error) { return none(r.RemoveAll(a)) }},
		{"rename " + a + " " + b, func(f host.Tree) (string, error) { return none(f.Rename(a, b)) },
			func(r *os.Root) (string, error) { return none(r.Rename(a, b)) }},
		{"symlink " + target + " " + a, func(f host.Tree) (string, error) { return none(f.SymlinkIfPossible(target, a)) },
			func(r *os.Root) (string, error) { return none(r.Symlink(target, a)) }},
		{"readlink " + a, func(f host.Tree) (string, error) { return f.ReadlinkIfPossible(a) },
			func(r *os.Root) (string, error) { return r.Readlink(a) }},
		{fmt.Sprintf("chmod %s %o", a, mode), func(f host.Tree) (string, error) { return none(f.Chmod(a, mode)) },
			func(r *os.Root) (string, error) { return none(r.Chmod(a, mode)) }},
		{"exchange " + a + " " + b, func(f host.Tree) (string, error) { return none(f.(host.Exchanger).Exchange(a, b)) },
			func(r *os.Root) (string, error) { return none(renameat2(r, a, b, unix.RENAME_EXCHANGE)) }},
		{"place " + a + " " + b, func(f host.Tree) (string, error) { return none(f.(host.Placer).Place(a, b)) },
			func(r *os.Root) (string, error) { return none(renameat2(r, a, b, unix.RENAME_NOREPLACE)) }},
	}
	return rapid.SampledFrom(ops).Draw(t, "operation")
}

// put writes to a file that was opened, and closes it.
func put(f interface {
	WriteString(string) (int, error)
	Close() error
}, err error, data string) error {
	if err != nil {
		return err
	}
	_, err = f.WriteString(data)
	return errors.Join(err, f.Close())
}

func shown(info fs.FileInfo, err error) (string, error) {
	if err != nil {
		return "", err
	}
	text := info.Mode().String()
	if info.Mode().IsRegular() {
		text += fmt.Sprintf(" %d", info.Size())
	}
	return text, nil
}

// renameat2 renames within the directories of a root, which are found as
// os.Root finds them.
func renameat2(r *os.Root, a, b string, flag uint) (err error) {
	var parents [2]*os.File
	for i, name := range []string{a, b} {
		if parents[i], err = r.Open(filepath.Dir(name)); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, parents[i].Close()) }()
		if info, err := parents[i].Stat(); err != nil || !info.IsDir() {
			return errors.Join(err, syscall.ENOTDIR)
		}
	}
	return unix.Renameat2(int(parents[0].Fd()), filepath.Base(a), int(parents[1].Fd()), filepath.Base(b), flag)
}

// whole lists everything in a file system.
func whole(f fs.FS, read func(string) (string, error)) (lines []string, err error) {
	err = fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line, err := shown(info, nil)
		if err != nil {
			return err
		}
		if !d.IsDir() {
			text, err := read(p)
			if err != nil {
				return err
			}
			line += " " + text
		}
		lines = append(lines, p+" "+line)
		return nil
	})
	return lines, err
}

// contents are the bytes of a file or the target of a link.
func contents(lstat func(string) (fs.FileInfo, error), readlink func(string) (string, error), readFile func(string) ([]byte, error)) func(string) (string, error) {
	return func(name string) (string, error) {
		info, err := lstat(name)
		if err != nil {
			return "", err
		}
		if info.Mode().Type() == fs.ModeSymlink {
			return readlink(name)
		}
		b, err := readFile(name)
		return string(b), err
	}
}

// TestModel does the same to a simulated host and to this machine's files, and
// compares each answer and what is there in the end.
func TestModel(t *testing.T) {
	open := decorated(posix(), simulated)
	rapid.Check(t, func(rt *rapid.T) {
		w := open(t, hosttest.Standard())
		tree, err := w.Host.Files.Open(t.Context(), w.Dir)
		if err != nil {
			rt.Fatal(err)
		}
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			rt.Fatal(err)
		}
		hosttest.Standard().Write(t, dir)
		root, err := os.OpenRoot(dir)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() {
			if err := errors.Join(root.Close(), tree.Close()); err != nil {
				rt.Error(err)
			}
		}()
		_, escape := root.Lstat("..")
		outside := errors.Unwrap(escape)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			op := draw(rt)
			wantText, want := op.real(root)
			gotText, got := op.tree(tree)
			if w, g := kindOf(want, outside), kindOf(got, outside); w != g || wantText != gotText {
				rt.Fatalf("%s: got %q, %s (%v); this machine says %q, %s (%v)", op.name, gotText, g, got, wantText, w, want)
			}
		}
		compare(rt, tree, root)
	})
}

func compare(t *rapid.T, tree host.Tree, root *os.Root) {
	want, err := whole(root.FS(), contents(root.Lstat, root.Readlink, root.ReadFile))
	if err != nil {
		t.Fatal(err)
	}
	lstat := func(name string) (fs.FileInfo, error) {
		info, _, err := tree.LstatIfPossible(name)
		return info, err
	}
	read := func(name string) ([]byte, error) { return afero.ReadFile(tree, name) }
	got, err := whole(afero.NewIOFS(tree), contents(lstat, tree.ReadlinkIfPossible, read))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-this machine +simulated\n%s", diff)
	}
}
