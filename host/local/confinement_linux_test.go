package local_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
)

// onName is every operation on one name.
func onName(tree host.Tree, name string) map[string]func() error {
	now := time.Now()
	return map[string]func() error{
		"Create":    func() error { return closed(tree.Create(name)) },
		"Open":      func() error { return closed(tree.Open(name)) },
		"OpenFile":  func() error { return closed(tree.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)) },
		"Mkdir":     func() error { return tree.Mkdir(name, 0o755) },
		"MkdirAll":  func() error { return tree.MkdirAll(name, 0o755) },
		"Remove":    func() error { return tree.Remove(name) },
		"RemoveAll": func() error { return tree.RemoveAll(name) },
		"Rename":    func() error { return tree.Rename(name, "new") },
		"Rename to": func() error { return tree.Rename("inside", name) },
		"Stat":      func() error { _, err := tree.Stat(name); return err },
		"Lstat":     func() error { _, _, err := tree.LstatIfPossible(name); return err },
		"Chmod":     func() error { return tree.Chmod(name, 0o600) },
		"Chown":     func() error { return tree.Chown(name, os.Getuid(), os.Getgid()) },
		"Chtimes":   func() error { return tree.Chtimes(name, now, now) },
		"Symlink":   func() error { return tree.SymlinkIfPossible("x", name) },
		"Readlink":  func() error { _, err := tree.ReadlinkIfPossible(name); return err },
		"Exchange":  func() error { return tree.(host.Exchanger).Exchange(name, "inside") },
		"Exchange2": func() error { return tree.(host.Exchanger).Exchange("inside", name) },
		"Place":     func() error { return tree.(host.Placer).Place(name, "new") },
		"Place to":  func() error { return tree.(host.Placer).Place("inside", name) },
		"SyncDir":   func() error { return tree.(host.Syncer).SyncDir(name) },
		"Import": func() error {
			_, _, err := tree.(host.Importer).Import(afero.NewOsFs(), os.DevNull, name)
			return err
		},
		"Digest":  func() error { _, err := tree.(host.Digester).Digest(name); return err },
		"Holders": func() error { _, err := tree.(host.HolderLister).Holders(name); return err },
		"Free":    func() error { _, _, err := tree.(host.SpaceTeller).Free(name); return err },
	}
}

func closed(f afero.File, err error) error {
	if err != nil {
		return err
	}
	return f.Close()
}

// surroundings makes a tree in a directory with a secret beside it, and returns
// a function that tells what stands beside it now.
func surroundings(t *testing.T) (tree host.Tree, dir string, beside func() string) {
	t.Helper()
	outer := t.TempDir()
	dir = filepath.Join(outer, "tree")
	must(t, os.MkdirAll(filepath.Join(outer, "secrets"), 0o755))
	must(t, os.Mkdir(dir, 0o755))
	write(t, filepath.Join(outer, "secrets", "key"), "secret")
	tree, _ = openDir(t, t.Context(), dir)
	write(t, filepath.Join(dir, "inside"), "inside")
	return tree, dir, func() string {
		var all string
		must(t, filepath.WalkDir(outer, func(path string, e fs.DirEntry, err error) error {
			if path == dir {
				return fs.SkipDir
			}
			all += path + " "
			if err == nil && e.Type().IsRegular() {
				info, err := e.Info()
				must(t, err)
				all += content(path) + info.Mode().String() + info.ModTime().String()
			}
			return err
		}))
		return all
	}
}

func TestConfinementOfNames(t *testing.T) {
	t.Parallel()
	tree, dir, beside := surroundings(t)
	before := beside()
	for name, want := range map[string]error{
		"..":                             host.ErrOutside,
		"../secrets/key":                 host.ErrOutside,
		"inside/../../secrets/key":       host.ErrOutside,
		"inside/..":                      host.ErrOutside,
		"/etc/passwd":                    host.ErrOutside,
		filepath.Join(dir, "inside"):     host.ErrOutside,
		"":                               fs.ErrInvalid,
		"inside/":                        fs.ErrInvalid,
		"a//b":                           fs.ErrInvalid,
		"./inside":                       fs.ErrInvalid,
		"a/./b":                          fs.ErrInvalid,
		"in\x00side":                     fs.ErrInvalid,
		"../" + filepath.Base(dir) + "x": host.ErrOutside,
	} {
		for op, do := range onName(tree, name) {
			if err := do(); !errors.Is(err, want) {
				t.Errorf("%s %q: %v, want %v", op, name, err, want)
			}
		}
	}
	if beside() != before || content(filepath.Join(dir, "inside")) != "inside" {
		t.Error("something was changed")
	}
}

func TestConfinementOfLinks(t *testing.T) {
	t.Parallel()
	tree, dir, beside := surroundings(t)
	must(t, os.Symlink("../secrets", filepath.Join(dir, "out")))
	must(t, os.Symlink(filepath.Dir(dir)+"/secrets", filepath.Join(dir, "absolute")))
	must(t, os.Symlink("out", filepath.Join(dir, "twice")))
	must(t, os.Symlink("/", filepath.Join(dir, "root")))
	before := beside()
	for _, name := range []string{"out/key", "absolute/key", "twice/key", "out/new", "root/etc/passwd", "out/sub/new"} {
		for op, do := range onName(tree, name) {
			if err := do(); !errors.Is(err, host.ErrOutside) {
				t.Errorf("%s %s: %v, want ErrOutside", op, name, err)
			}
		}
	}
	if beside() != before {
		t.Error("something outside was changed")
	}
	t.Run("a link that leads out can itself be seen, moved and removed", func(t *testing.T) {
		if _, _, err := tree.LstatIfPossible("out"); err != nil {
			t.Error(err)
		}
		if target, err := tree.ReadlinkIfPossible("out"); err != nil || target != "../secrets" {
			t.Error(target, err)
		}
		must(t, tree.Rename("out", "away"))
		must(t, tree.Remove("away"))
		must(t, tree.RemoveAll("absolute"))
	})
	if beside() != before {
		t.Error("something outside was changed")
	}
}

func TestConfinementOfLinksWithin(t *testing.T) {
	t.Parallel()
	tree, dir, _ := surroundings(t)
	must(t, tree.Mkdir("d", 0o755))
	must(t, tree.SymlinkIfPossible("d", "link"))
	must(t, tree.SymlinkIfPossible("../d", "d/up"))
	if err := afero.WriteFile(tree, "link/f", []byte("x"), 0o600); err != nil {
		t.Error(err)
	}
	if err := afero.WriteFile(tree, "d/up/g", []byte("y"), 0o600); err != nil {
		t.Error(err)
	}
	if content(filepath.Join(dir, "d/f")) != "x" || content(filepath.Join(dir, "d/g")) != "y" {
		t.Error("links within the tree are not followed")
	}
}
