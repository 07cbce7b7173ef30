package hosttest

import (
	"io/fs"
	"os"
	"path"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
)

func (s suite) tree(t *testing.T) {
	s.treeParents(t)
	s.treeNames(t)
	s.treeInfo(t)
	s.treeMetadata(t)
}

// treeParents is about where things are made and removed.
func (s suite) treeParents(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"a parent must exist": func(t *testing.T) {
			_, tree := s.both(t)
			_, err := tree.Create("none/file")
			wantError(t, err, fs.ErrNotExist)
			wantError(t, tree.Mkdir("none/dir", 0o755), fs.ErrNotExist)
			wantError(t, tree.Rename("readme", "none/file"), fs.ErrNotExist)
			wantData(t, tree, "readme", "hello")
		},
		"a parent must be a directory": func(t *testing.T) {
			_, tree := s.both(t)
			_, err := tree.Create("readme/file")
			wantError(t, err, syscall.ENOTDIR)
			wantError(t, tree.Mkdir("readme/dir", 0o755), syscall.ENOTDIR)
			wantError(t, tree.MkdirAll("readme/a/b", 0o755), syscall.ENOTDIR)
			_, err = tree.Stat("readme/file")
			wantError(t, err, syscall.ENOTDIR)
		},
		"Remove refuses a directory that is not empty": func(t *testing.T) {
			_, tree := s.both(t)
			wantError(t, tree.Remove("bin"), syscall.ENOTEMPTY)
			wantData(t, tree, "bin/app", "program")
		},
		"Remove takes a file and an empty directory away": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.Remove("readme"))
			noError(t, tree.Remove("empty"))
			wantMissing(t, tree, "readme")
			wantMissing(t, tree, "empty")
			wantError(t, tree.Remove("readme"), fs.ErrNotExist)
		},
		"a directory can be removed once it is empty": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.Mkdir("dir", 0o755))
			write(t, tree, "dir/file", "x")
			wantError(t, tree.Remove("dir"), syscall.ENOTEMPTY)
			noError(t, tree.Remove("dir/file"))
			noError(t, tree.Remove("dir"))
			wantMissing(t, tree, "dir")
		},
		"RemoveAll takes a tree away, and nothing else": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.MkdirAll("a/b", 0o755))
			write(t, tree, "a/b/file", "x")
			noError(t, tree.RemoveAll("a"))
			wantMissing(t, tree, "a")
			wantMissing(t, tree, "a/b/file")
			noError(t, tree.RemoveAll("a"))
			wantData(t, tree, "readme", "hello")
		},
	})
}

// treeNames is about the names in a directory.
func (s suite) treeNames(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"what is made anew in place of a tree does not show the old one": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.Rename("share", "old"))
			noError(t, tree.Mkdir("share", 0o755))
			wantEqual(t, []string{}, namesIn(t, tree, "share"))
			wantMissing(t, tree, "share/doc")
			wantData(t, tree, "old/doc", "manual")
			noError(t, tree.RemoveAll("old"))
			noError(t, tree.Rename("share", "old"))
			wantEqual(t, []string{}, namesIn(t, tree, "old"))
			wantMissing(t, tree, "share")
		},
		"Mkdir refuses a name that something has": func(t *testing.T) {
			_, tree := s.both(t)
			wantError(t, tree.Mkdir("bin", 0o755), fs.ErrExist)
			wantError(t, tree.Mkdir("readme", 0o755), fs.ErrExist)
			wantError(t, tree.Mkdir("dangling", 0o755), fs.ErrExist)
		},
		"MkdirAll makes what is missing": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.MkdirAll("bin/a/b", 0o755))
			noError(t, tree.MkdirAll("bin/a/b", 0o755))
			noError(t, tree.MkdirAll("dirlink/c", 0o755))
			wantEqual(t, []string{"a", "app", "c", "held", "shared", "up"}, namesIn(t, tree, "bin"))
			wantError(t, tree.MkdirAll("readme", 0o755), syscall.ENOTDIR, fs.ErrExist)
		},
		"a directory lists every name once": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.Remove("bin/app"))
			write(t, tree, "bin/app", "again")
			write(t, tree, "bin/new", "new")
			noError(t, tree.Remove("bin/up"))
			wantEqual(t, []string{"app", "held", "new", "shared"}, namesIn(t, tree, "bin"))
		},
	})
}

// treeInfo is about what a FileInfo tells.
func (s suite) treeInfo(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"FileInfo is a snapshot": func(t *testing.T) {
			_, tree := s.both(t)
			info, err := tree.Stat("readme")
			noError(t, err)
			write(t, tree, "readme", "much longer than before")
			noError(t, tree.Chmod("readme", 0o600))
			wantEqual(t, int64(5), info.Size())
			wantEqual(t, fs.FileMode(0o640), info.Mode())
			wantEqual(t, then, info.ModTime().UTC())
		},
		"its Sys is an *Attributes": func(t *testing.T) {
			w, tree := s.both(t)
			for _, name := range []string{".", "bin", "readme", "link"} {
				info, _, err := tree.LstatIfPossible(name)
				noError(t, err)
				a, ok := host.AttributesOf(info)
				if !ok || a.Links == 0 {
					t.Errorf("%s has %+v", name, a)
				}
				if noOwner := a.UID == -1 && a.GID == -1; noOwner != (w.Host.Facts.Flavour() == host.Windows) {
					t.Errorf("%s has the owner %d:%d", name, a.UID, a.GID)
				}
			}
		},
		"also when it comes from a listing or an open file": func(t *testing.T) {
			_, tree := s.both(t)
			infos, err := afero.ReadDir(tree, "bin")
			noError(t, err)
			f, err := tree.Open("readme")
			noError(t, err)
			info, err := f.Stat()
			noError(t, err)
			for _, info := range append(infos, info) {
				if _, ok := host.AttributesOf(info); !ok {
					t.Errorf("%s has %T", info.Name(), info.Sys())
				}
			}
			noError(t, f.Close())
		},
		"an inode is an identity": func(t *testing.T) {
			_, tree := s.both(t)
			write(t, tree, "new", "x")
			before := inode(t, tree, "readme")
			if before == inode(t, tree, "bin/app") || before == inode(t, tree, "new") {
				t.Error("two files have one inode")
			}
			noError(t, tree.Rename("readme", "bin/readme"))
			wantEqual(t, before, inode(t, tree, "bin/readme"))
			write(t, tree, "bin/readme", "y")
			wantEqual(t, before, inode(t, tree, "bin/readme"))
		},
	})
}

// treeMetadata is about mode, time and owner.
func (s suite) treeMetadata(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"mode, size and time are kept": func(t *testing.T) {
			_, tree := s.both(t)
			info, err := tree.Stat("readme")
			noError(t, err)
			wantEqual(t, fs.FileMode(0o640), info.Mode())
			wantEqual(t, then, info.ModTime().UTC())
			wantEqual(t, int64(5), info.Size())
			noError(t, tree.Chmod("readme", 0o600))
			noError(t, tree.Chtimes("readme", then, then.Add(time.Hour)))
			info, err = tree.Stat("link")
			noError(t, err)
			wantEqual(t, fs.FileMode(0o600), info.Mode())
			wantEqual(t, then.Add(time.Hour), info.ModTime().UTC())
			wantData(t, tree, "readme", "hello")
		},
		"owners can be changed": func(t *testing.T) {
			w := s.having(t, Ownership)
			tree := treeOf(t, w)
			noError(t, tree.Chown("readme", 7, -1))
			noError(t, tree.Chown("readme", -1, 8))
			info, err := tree.Stat("readme")
			noError(t, err)
			a, _ := host.AttributesOf(info)
			wantEqual(t, [2]int{7, 8}, [2]int{a.UID, a.GID})
		},
		"Chown takes the set-user-ID bit": func(t *testing.T) {
			w := s.having(t, Ownership)
			tree := treeOf(t, w)
			noError(t, tree.Chmod("bin/app", 0o755|fs.ModeSetuid))
			noError(t, tree.Chown("bin/app", 0, 0))
			info, err := tree.Stat("bin/app")
			noError(t, err)
			wantEqual(t, fs.FileMode(0o755), info.Mode())
		},
		"writing sets the time": func(t *testing.T) {
			_, tree := s.both(t)
			write(t, tree, "readme", "x")
			info, err := tree.Stat("readme")
			noError(t, err)
			if !info.ModTime().After(then) {
				t.Errorf("it was modified %v", info.ModTime())
			}
		},
		"a closed tree refuses": func(t *testing.T) {
			w := s.world(t)
			tree, err := w.Host.Files.Open(t.Context(), w.Dir)
			noError(t, err)
			noError(t, tree.Close())
			_, err = tree.Stat("readme")
			wantError(t, err, fs.ErrClosed)
		},
	})
}

func inode(t *testing.T, tree host.Tree, name string) [2]uint64 {
	t.Helper()
	info, _, err := tree.LstatIfPossible(name)
	noError(t, err)
	a, _ := host.AttributesOf(info)
	return [2]uint64{a.Device, a.Inode}
}

func (s suite) rename(t *testing.T) {
	s.renameRefusals(t)
	s.renameMoves(t)
}

// renameRefusals is about what Rename replaces and refuses.
func (s suite) renameRefusals(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"Rename replaces a file": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.Rename("readme", "bin/app"))
			wantData(t, tree, "bin/app", "hello")
			wantMissing(t, tree, "readme")
		},
		"Rename keeps bytes, mode and time": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.Rename("readme", "moved"))
			info, err := tree.Stat("moved")
			noError(t, err)
			wantEqual(t, fs.FileMode(0o640), info.Mode())
			wantEqual(t, then, info.ModTime().UTC())
			wantData(t, tree, "moved", "hello")
		},
		"Rename refuses a directory over a file": func(t *testing.T) {
			_, tree := s.both(t)
			wantError(t, tree.Rename("empty", "readme"), syscall.ENOTDIR)
			wantData(t, tree, "readme", "hello")
		},
		"Rename refuses a file over a directory": func(t *testing.T) {
			_, tree := s.both(t)
			wantError(t, tree.Rename("readme", "empty"), syscall.EISDIR, fs.ErrExist)
			wantData(t, tree, "readme", "hello")
		},
		"Rename refuses a directory over another": func(t *testing.T) {
			_, tree := s.both(t)
			wantError(t, tree.Rename("empty", "bin"), fs.ErrExist)
			wantError(t, tree.Rename("share", "empty"), fs.ErrExist)
			wantData(t, tree, "bin/app", "program")
		},
		"Rename refuses to put a directory into itself": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.MkdirAll("a/b", 0o755))
			if err := tree.Rename("a", "a/b/c"); err == nil {
				t.Error("it did")
			}
			wantEqual(t, []string{"b"}, namesIn(t, tree, "a"))
		},
	})
}

// renameMoves is about what moves.
func (s suite) renameMoves(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"Rename of nothing wraps fs.ErrNotExist": func(t *testing.T) {
			_, tree := s.both(t)
			wantError(t, tree.Rename("none", "new"), fs.ErrNotExist)
			wantMissing(t, tree, "new")
		},
		"Rename onto itself changes nothing": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.Rename("readme", "readme"))
			wantData(t, tree, "readme", "hello")
		},
		"a directory moves with all below it": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.MkdirAll("a/b", 0o755))
			write(t, tree, "a/b/file", "x")
			noError(t, tree.Rename("a", "empty/moved"))
			wantData(t, tree, "empty/moved/b/file", "x")
			wantMissing(t, tree, "a")
			noError(t, tree.Rename("empty", "top"))
			wantData(t, tree, "top/moved/b/file", "x")
		},
		"what was renamed away can be put back": func(t *testing.T) {
			_, tree := s.both(t)
			before := listing(t, tree)
			noError(t, tree.Rename("bin/app", "bin/.app.old"))
			write(t, tree, "bin/app", "new")
			noError(t, tree.Rename("bin/.app.old", "bin/app"))
			wantEqual(t, before, listing(t, tree))
		},
	})
}

func (s suite) windows(t *testing.T) {
	if s.world(t).Host.Facts.Flavour() != host.Windows {
		t.Skip("the host is no Windows")
	}
	s.windowsNames(t)
	s.windowsOpenFiles(t)
}

// windowsNames is about how Windows compares names.
func (s suite) windowsNames(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"names compare without case, and keep it": func(t *testing.T) {
			_, tree := s.both(t)
			wantData(t, tree, "ReadMe", "hello")
			wantData(t, tree, "BIN/App", "program")
			write(t, tree, "BIN/New", "x")
			wantEqual(t, []string{"New", "app", "held", "shared", "up"}, namesIn(t, tree, "bin"))
			wantError(t, tree.Mkdir("bin/NEW", 0o755), fs.ErrExist)
		},
		"Rename can change the case": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.Rename("readme", "README"))
			for _, name := range namesIn(t, tree, ".") {
				if name == "readme" {
					t.Error("it did not")
				}
			}
			wantData(t, tree, "readme", "hello")
		},
		"names with a colon or a backslash are refused": func(t *testing.T) {
			_, tree := s.both(t)
			for _, name := range []string{`bin\app`, `C:\Windows`, "file:stream", `\\server\share`} {
				_, err := tree.Stat(name)
				wantError(t, err, fs.ErrInvalid, host.ErrOutside)
			}
		},
	})
}

// windowsOpenFiles is about files that are open.
func (s suite) windowsOpenFiles(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"a file that is open cannot be replaced, written or removed": func(t *testing.T) {
			w := s.having(t, FixedHolders)
			tree := treeOf(t, w)
			wantError(t, tree.Rename("readme", "bin/held"), host.ErrInUse)
			wantError(t, tree.Remove("bin/held"), host.ErrInUse)
			wantError(t, tree.RemoveAll("bin"), host.ErrInUse)
			_, err := tree.OpenFile("bin/held", os.O_WRONLY, 0)
			wantError(t, err, host.ErrInUse)
			_, err = tree.Create("bin/held")
			wantError(t, err, host.ErrInUse)
			wantData(t, tree, "bin/held", "held")
		},
		"but it can be renamed aside, and replaced then": func(t *testing.T) {
			w := s.having(t, FixedHolders)
			tree := treeOf(t, w)
			noError(t, tree.Rename("bin/held", "bin/held.old"))
			noError(t, tree.Rename("readme", "bin/held"))
			wantData(t, tree, "bin/held", "hello")
			wantError(t, tree.Remove("bin/held.old"), host.ErrInUse)
		},
		"a file that is open but shared can be replaced": func(t *testing.T) {
			w := s.having(t, FixedHolders)
			tree := treeOf(t, w)
			noError(t, tree.Rename("readme", "bin/shared"))
			wantData(t, tree, "bin/shared", "hello")
		},
		"a directory with an open file in it keeps its name": func(t *testing.T) {
			w := s.having(t, FixedHolders)
			tree := treeOf(t, w)
			wantError(t, tree.Rename("bin", path.Join("empty", "bin")), host.ErrInUse)
		},
	})
}
