package local_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"quiesce/host"
)

func TestTreeFiles(t *testing.T) {
	t.Parallel()
	tree, dir := open(t)
	must(t, tree.MkdirAll("a/b", 0o755))
	must(t, afero.WriteFile(tree, "a/b/f", []byte("hello"), 0o640))
	must(t, tree.Chmod("a/b/f", 0o750|fs.ModeSetuid))
	then := time.Unix(900_000_000, 123_456_789)
	must(t, tree.Chtimes("a/b/f", then, then))
	must(t, tree.Rename("a/b/f", "a/g"))
	must(t, tree.SymlinkIfPossible("g", "a/link"))
	t.Run("what was written is there", func(t *testing.T) {
		if got := content(filepath.Join(dir, "a/link")); got != "hello" {
			t.Errorf("content is %q", got)
		}
	})
	t.Run("a FileInfo has mode, time and attributes", func(t *testing.T) {
		info, err := tree.Stat("a/link")
		must(t, err)
		attributes, ok := host.AttributesOf(info)
		var stat syscall.Stat_t
		must(t, syscall.Stat(filepath.Join(dir, "a/g"), &stat))
		want := host.Attributes{UID: os.Getuid(), GID: os.Getgid(), Device: uint64(stat.Dev), Inode: stat.Ino, Links: 1, Allocated: stat.Blocks * 512}
		if diff := cmp.Diff(want, attributes); !ok || diff != "" {
			t.Errorf("attributes %v: %s", ok, diff)
		}
		if info.Mode() != 0o750|fs.ModeSetuid || !info.ModTime().Equal(then) || info.Size() != 5 {
			t.Errorf("info is %v %v %d", info.Mode(), info.ModTime(), info.Size())
		}
	})
	t.Run("Lstat does not follow, and Readlink tells where it leads", func(t *testing.T) {
		info, lstat, err := tree.LstatIfPossible("a/link")
		must(t, err)
		target, err := tree.ReadlinkIfPossible("a/link")
		if !lstat || info.Mode().Type() != fs.ModeSymlink || err != nil || target != "g" {
			t.Errorf("%v %v %v %v", lstat, info.Mode(), target, err)
		}
	})
	t.Run("a FileInfo is a snapshot", func(t *testing.T) {
		before, err := tree.Stat("a/g")
		must(t, err)
		must(t, tree.Remove("a/g"))
		must(t, afero.WriteFile(tree, "a/g", []byte("longer than that"), 0o600))
		if before.Size() != 5 {
			t.Errorf("size became %d", before.Size())
		}
	})
	t.Run("a directory lists its entries by name, with attributes", func(t *testing.T) {
		f, err := tree.Open("a")
		must(t, err)
		infos, err := f.Readdir(-1)
		must(t, errors.Join(err, f.Close()))
		var names []string
		for _, info := range infos {
			if a, ok := host.AttributesOf(info); !ok || a.Inode == 0 {
				t.Errorf("%s has attributes %+v, %v", info.Name(), a, ok)
			}
			names = append(names, info.Name())
		}
		if diff := cmp.Diff([]string{"b", "g", "link"}, names); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("afero can walk it", func(t *testing.T) {
		var names []string
		must(t, afero.Walk(tree, ".", func(name string, _ fs.FileInfo, err error) error {
			names = append(names, name)
			return err
		}))
		if diff := cmp.Diff([]string{".", "a", "a/b", "a/g", "a/link"}, names); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("RemoveAll takes a tree away, and a missing one is no error", func(t *testing.T) {
		must(t, tree.RemoveAll("a"))
		must(t, tree.RemoveAll("a"))
	})
}

func TestTreeErrors(t *testing.T) {
	t.Parallel()
	tree, dir := open(t)
	must(t, tree.MkdirAll("full/of", 0o755))
	must(t, afero.WriteFile(tree, "file", nil, 0o644))
	for sentence, c := range map[string]struct {
		do   func() error
		want error
	}{
		"Create wants the parent":                      {func() error { _, err := tree.Create("none/f"); return err }, fs.ErrNotExist},
		"Create below a file":                          {func() error { _, err := tree.Create("file/f"); return err }, syscall.ENOTDIR},
		"Create over a directory":                      {func() error { _, err := tree.Create("full"); return err }, syscall.EISDIR},
		"Mkdir wants the parent":                       {func() error { return tree.Mkdir("none/d", 0o755) }, fs.ErrNotExist},
		"Mkdir over a file":                            {func() error { return tree.Mkdir("file", 0o755) }, fs.ErrExist},
		"MkdirAll over a file":                         {func() error { return tree.MkdirAll("file/d", 0o755) }, syscall.ENOTDIR},
		"Remove of a directory that is not empty":      {func() error { return tree.Remove("full") }, syscall.ENOTEMPTY},
		"Remove of nothing":                            {func() error { return tree.Remove("none") }, fs.ErrNotExist},
		"Rename of a directory over a file":            {func() error { return tree.Rename("full", "file") }, syscall.ENOTDIR},
		"Rename of nothing":                            {func() error { return tree.Rename("none", "file") }, fs.ErrNotExist},
		"an exclusive file that exists":                {func() error { _, err := tree.OpenFile("file", os.O_CREATE|os.O_EXCL, 0o600); return err }, fs.ErrExist},
		"Readlink of a file":                           {func() error { _, err := tree.ReadlinkIfPossible("file"); return err }, syscall.EINVAL},
		"Symlink over a file":                          {func() error { return tree.SymlinkIfPossible("x", "file") }, fs.ErrExist},
		"Digest of a directory":                        {func() error { _, err := tree.(host.Digester).Digest("full"); return err }, syscall.EISDIR},
		"Import over a file":                           {func() error { _, _, err := tree.(host.Importer).Import(tree, "file", "file"); return err }, fs.ErrExist},
		"Import of nothing":                            {func() error { _, _, err := tree.(host.Importer).Import(tree, "none", "new"); return err }, fs.ErrNotExist},
		"Import of a directory leaves no file behind":  {func() error { _, _, err := tree.(host.Importer).Import(tree, "full", "new"); return err }, syscall.EISDIR},
		"Import below nothing":                         {func() error { _, _, err := tree.(host.Importer).Import(tree, "file", "none/new"); return err }, fs.ErrNotExist},
		"reading a file that is open for writing only": {func() error { return readWriteOnly(tree) }, syscall.EBADF},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := c.do()
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if !strings.Contains(err.Error(), dir+"/") {
				t.Errorf("the error does not name the path: %v", err)
			}
			if _, err := tree.Stat("new"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("something was left behind: %v", err)
			}
		})
	}
}

func readWriteOnly(tree host.Tree) (err error) {
	f, err := tree.OpenFile("write-only", os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.Read(make([]byte, 1))
	return err
}

func TestFile(t *testing.T) {
	t.Parallel()
	tree, _ := open(t)
	f, err := tree.Create("f")
	must(t, err)
	defer func() { must(t, f.Close()) }()
	if _, err := f.WriteString("hello, world"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("H"), 0); err != nil {
		t.Fatal(err)
	}
	must(t, f.Truncate(5))
	must(t, f.Sync())
	if _, err := f.Seek(1, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(f)
	if err != nil || string(rest) != "ello" || f.Name() != "f" {
		t.Errorf("read %q of %s, %v", rest, f.Name(), err)
	}
	b := make([]byte, 10)
	if n, err := f.ReadAt(b, 0); n != 5 || err != io.EOF || string(b[:n]) != "Hello" {
		t.Errorf("ReadAt: %d, %v, %q", n, err, b)
	}
	info, err := f.Stat()
	must(t, err)
	if a, ok := host.AttributesOf(info); !ok || a.Links != 1 || info.Size() != 5 {
		t.Errorf("Stat: %+v, %v, %d", a, ok, info.Size())
	}
}
