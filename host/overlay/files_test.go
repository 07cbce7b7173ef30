package overlay_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/memory"
	"quiesce/host/overlay"
)

// TestUnions are mistakes that union file systems have made: the titles of
// their issues, and what afero.CopyOnWriteFs does.
func TestUnions(t *testing.T) {
	t.Parallel()
	for sentence, test := range map[string]func(t *testing.T, tree host.Tree){
		"fuse-overlayfs 136, 324: the children of a deleted directory are not visible": func(t *testing.T, tree host.Tree) {
			must(t, tree.RemoveAll("dir"))
			must(t, tree.Mkdir("dir", 0o755))
			wantNames(t, tree, "dir")
			_, err := tree.Stat("dir/deep/three")
			wantError(t, err, fs.ErrNotExist)
			must(t, tree.MkdirAll("dir/deep", 0o755))
			wantNames(t, tree, "dir/deep")
		},
		"fuse-overlayfs 279: a whiteout does not outlive a symbolic link in its place": func(t *testing.T, tree host.Tree) {
			must(t, tree.Remove("one"))
			must(t, tree.SymlinkIfPossible("dir/two", "one"))
			wantData(t, tree, "one", "two")
			must(t, tree.Remove("one"))
			put(t, tree, "one", "again")
			wantData(t, tree, "one", "again")
			wantNames(t, tree, ".", "dir", "link", "one")
		},
		"zen-fs 305: a path that was made anew is listed": func(t *testing.T, tree host.Tree) {
			must(t, tree.Remove("one"))
			put(t, tree, "one", "again")
			wantNames(t, tree, ".", "dir", "link", "one")
		},
		"a file of the base can be renamed": func(t *testing.T, tree host.Tree) {
			must(t, tree.Rename("one", "one.old"))
			wantData(t, tree, "one.old", "one")
			wantNames(t, tree, ".", "dir", "link", "one.old")
		},
		"a removed file of the base is gone": func(t *testing.T, tree host.Tree) {
			must(t, tree.Remove("one"))
			_, err := tree.Stat("one")
			wantError(t, err, fs.ErrNotExist)
			wantError(t, tree.Remove("one"), fs.ErrNotExist)
		},
		"a removed copy does not bring the base's file back": func(t *testing.T, tree host.Tree) {
			put(t, tree, "one", "changed")
			must(t, tree.Remove("one"))
			_, err := tree.Stat("one")
			wantError(t, err, fs.ErrNotExist)
			put(t, tree, "dir/two", "changed")
			must(t, tree.Rename("dir/two", "moved"))
			_, err = tree.Stat("dir/two")
			wantError(t, err, fs.ErrNotExist)
		},
		"mode, owner and time outlive every change of another": func(t *testing.T, tree host.Tree) {
			must(t, tree.Chtimes("one", time.Time{}, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)))
			must(t, tree.Rename("one", "dir/one"))
			info, err := tree.Stat("dir/one")
			must(t, err)
			a, _ := host.AttributesOf(info)
			if info.Mode() != 0o755|fs.ModeSetuid || a.UID != 7 || a.GID != 8 || info.ModTime().Year() != 2020 {
				t.Errorf("it is %v of %d:%d, modified %v", info.Mode(), a.UID, a.GID, info.ModTime())
			}
		},
		"a listing does not grow when it is read again": func(t *testing.T, tree host.Tree) {
			h, err := tree.Open("dir")
			must(t, err)
			for _, want := range []int{2, 0} {
				infos, err := h.Readdir(-1)
				must(t, err)
				if len(infos) != want {
					t.Errorf("it lists %d, want %d", len(infos), want)
				}
			}
			must(t, h.Close())
		},
		"mkdir over a file of the base is refused": func(t *testing.T, tree host.Tree) {
			wantError(t, tree.Mkdir("one", 0o755), fs.ErrExist)
			wantError(t, tree.MkdirAll("one/below", 0o755), syscall.ENOTDIR)
		},
		"writing by a link of the base writes what it leads to": func(t *testing.T, tree host.Tree) {
			put(t, tree, "link/two", "changed")
			wantData(t, tree, "dir/two", "changed")
			target, err := tree.ReadlinkIfPossible("link")
			must(t, err)
			if target != "dir" {
				t.Errorf("the link leads to %q", target)
			}
		},
		"closing a file leaves the time that was set": func(t *testing.T, tree host.Tree) {
			h, err := tree.OpenFile("one", os.O_RDWR, 0)
			must(t, err)
			_, err = h.WriteString("x")
			must(t, err)
			then := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
			must(t, tree.Chtimes("one", then, then))
			must(t, h.Close())
			info, err := tree.Stat("one")
			must(t, err)
			if !info.ModTime().Equal(then) {
				t.Errorf("it was modified %v", info.ModTime())
			}
		},
		"a directory that moved shows its own names, and the new one in its place others": func(t *testing.T, tree host.Tree) {
			must(t, tree.Rename("dir", "old"))
			must(t, tree.MkdirAll("dir/deep", 0o755))
			put(t, tree, "dir/deep/new", "new")
			must(t, tree.(host.Exchanger).Exchange("dir", "old"))
			wantData(t, tree, "dir/deep/three", "three")
			wantNames(t, tree, "old/deep", "new")
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, posix).tree(t, "/srv/app"))
		})
	}
}

func wantError(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("got error %v, want %v", err, target)
	}
}

// TestOneWorld shows that trees see each other's changes, however they overlap
// and in whatever order they were opened.
func TestOneWorld(t *testing.T) {
	t.Parallel()
	t.Run("a directory below one that is open", func(t *testing.T) {
		t.Parallel()
		w := open(t, posix)
		outer := w.tree(t, "/srv")
		put(t, outer, "app/new", "new")
		inner := w.tree(t, "/srv/app")
		wantData(t, inner, "new", "new")
		must(t, inner.Remove("one"))
		wantNames(t, outer, "app", "dir", "link", "new")
	})
	t.Run("a directory above one that is open", func(t *testing.T) {
		t.Parallel()
		w := open(t, posix)
		inner := w.tree(t, "/srv/app/dir")
		put(t, inner, "two", "changed")
		must(t, inner.Rename("deep", "moved"))
		outer := w.tree(t, "/")
		wantData(t, outer, "srv/app/dir/two", "changed")
		wantData(t, outer, "srv/app/one", "one")
		wantNames(t, outer, "srv/app/dir", "moved", "two")
		wantNames(t, outer, "srv", "app", "other")
		put(t, outer, "srv/app/dir/two", "again")
		wantData(t, inner, "two", "again")
	})
	t.Run("a directory that was renamed or removed here", func(t *testing.T) {
		t.Parallel()
		w := open(t, posix)
		outer := w.tree(t, "/srv")
		must(t, outer.Rename("app", "renamed"))
		_, err := w.host.Files.Open(context.Background(), "/srv/app")
		wantError(t, err, fs.ErrNotExist)
		wantData(t, w.tree(t, "/srv/renamed/dir"), "two", "two")
		must(t, outer.RemoveAll("renamed"))
		_, err = w.host.Files.Open(context.Background(), "/srv/renamed")
		wantError(t, err, fs.ErrNotExist)
	})
	t.Run("a directory that was made here", func(t *testing.T) {
		t.Parallel()
		w := open(t, posix)
		must(t, w.tree(t, "/srv").Mkdir("new", 0o755))
		put(t, w.tree(t, "/srv/new"), "file", "x")
		wantData(t, w.tree(t, "/srv"), "new/file", "x")
	})
	t.Run("a directory by a link to it", func(t *testing.T) {
		t.Parallel()
		w := open(t, posix)
		direct := w.tree(t, "/srv/app")
		put(t, direct, "one", "changed")
		root := w.tree(t, "/")
		wantData(t, w.tree(t, "/opt/app"), "one", "changed")
		_, err := root.Stat("opt/app/one")
		wantError(t, err, host.ErrOutside)
	})
	t.Run("what is no directory, or missing, leaves no trace", func(t *testing.T) {
		t.Parallel()
		w := open(t, posix)
		for dir, want := range map[string]error{
			"/srv/app/one": syscall.ENOTDIR, "/none": fs.ErrNotExist, "/srv/app/one/below": syscall.ENOTDIR,
		} {
			_, err := w.host.Files.Open(context.Background(), dir)
			wantError(t, err, want)
		}
		wantNames(t, w.tree(t, "/"), ".", "opt", "srv")
		wantData(t, w.tree(t, "/"), "srv/app/one", "one")
	})
	t.Run("a tree stays with its directory when that is renamed", func(t *testing.T) {
		t.Parallel()
		w := open(t, posix)
		inner := w.tree(t, "/srv/app")
		outer := w.tree(t, "/srv")
		must(t, outer.Rename("app", "renamed"))
		put(t, inner, "new", "x")
		wantData(t, outer, "renamed/new", "x")
		must(t, outer.RemoveAll("renamed"))
		_, err := inner.Create("late")
		wantError(t, err, fs.ErrNotExist)
	})
}

// counting counts what is read of the files of a source.
type counting struct {
	afero.Fs
	opened int
}

func (c *counting) Open(name string) (afero.File, error) {
	c.opened++
	return c.Fs.Open(name)
}

// TestImport shows that an import is a reference.
func TestImport(t *testing.T) {
	t.Parallel()
	w := open(t, posix)
	tree := w.tree(t, "/srv/app")
	source := &counting{Fs: afero.NewMemMapFs()}
	must(t, afero.WriteFile(source, "file", []byte("packed"), 0o644))
	_, sum, err := tree.(host.Importer).Import(source, "file", "new")
	must(t, err)
	for name := range map[string]bool{"one": true, "dir/one": true} {
		must(t, tree.(host.Exchanger).Exchange("new", "one"))
		must(t, tree.Rename("one", "dir/one"))
		must(t, tree.Chmod("dir/one", 0o755))
		got, err := tree.(host.Digester).Digest("dir/one")
		must(t, err)
		if got != sum {
			t.Errorf("%s has the digest %s, want %s", name, got, sum)
		}
		must(t, tree.Rename("dir/one", "one"))
		must(t, tree.(host.Exchanger).Exchange("new", "one"))
	}
	if source.opened != 1 {
		t.Errorf("the source was read %d times, want once, for its digest", source.opened)
	}
	wantData(t, tree, "new", "packed")
}

// TestInodes shows that what is made on an overlay of an overlay is told from
// what was made below.
func TestInodes(t *testing.T) {
	t.Parallel()
	m, err := memory.New(many(1))
	must(t, err)
	below, err := m.Host().Files.Open(context.Background(), "/srv/app")
	must(t, err)
	put(t, below, "below", "x")
	above, err := overlay.New(m.Host()).Host().Files.Open(context.Background(), "/srv/app")
	must(t, err)
	put(t, above, "above", "x")
	seen := map[uint64]string{}
	infos, err := afero.ReadDir(above, ".")
	must(t, err)
	for _, info := range infos {
		a, _ := host.AttributesOf(info)
		if other := seen[a.Inode]; other != "" || a.Inode == 0 {
			t.Errorf("%s and %s have the inode %d", info.Name(), other, a.Inode)
		}
		seen[a.Inode] = info.Name()
	}
}

// TestSpace shows the model of what was written.
func TestSpace(t *testing.T) {
	t.Parallel()
	w := open(t, "{name: server, space: {free: 100B}, files: [{path: /srv/old, content: 0123456789}]}")
	tree := w.tree(t, "/srv")
	free := func(want uint64) {
		t.Helper()
		got, _, err := tree.(host.SpaceTeller).Free(".")
		must(t, err)
		if got != want {
			t.Errorf("%d bytes are free, want %d", got, want)
		}
	}
	free(100)
	put(t, tree, "new", string(make([]byte, 60)))
	free(40)
	h, err := tree.OpenFile("new", os.O_RDWR, 0)
	must(t, err)
	_, err = h.WriteAt(make([]byte, 41), 60)
	wantError(t, err, host.ErrNoSpace)
	wantError(t, h.Truncate(101), host.ErrNoSpace)
	must(t, h.Truncate(100))
	free(0)
	must(t, h.Close())
	source := afero.NewMemMapFs()
	must(t, afero.WriteFile(source, "file", []byte("packed"), 0o644))
	_, _, err = tree.(host.Importer).Import(source, "file", "imported")
	wantError(t, err, host.ErrNoSpace)
	wantNames(t, tree, ".", "new", "old")
	must(t, tree.Rename("new", "old"))
	free(10)
	must(t, tree.Mkdir("dir", 0o755))
	must(t, tree.Rename("old", "dir/old"))
	must(t, tree.RemoveAll("dir"))
	free(110)
	put(t, tree, "dir", "")
	_, _, err = tree.(host.Importer).Import(source, "file", "imported")
	must(t, err)
	free(104)
}
