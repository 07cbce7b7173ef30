package hosttest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
)

func (s suite) opening(t *testing.T) {
	s.openingDirectories(t)
	s.openingContext(t)
}

// openingDirectories is about which directories can be opened.
func (s suite) openingDirectories(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"Open binds an existing directory": func(t *testing.T) {
			_, tree := s.both(t)
			wantData(t, tree, "readme", "hello")
		},
		"a missing directory wraps fs.ErrNotExist": func(t *testing.T) {
			w := s.world(t)
			_, err := w.Host.Files.Open(context.Background(), w.Host.Facts.Flavour().Join(w.Dir, "none/below"))
			wantError(t, err, fs.ErrNotExist)
		},
		"anything that is no directory wraps syscall.ENOTDIR": func(t *testing.T) {
			w := s.world(t)
			_, err := w.Host.Files.Open(context.Background(), w.Host.Facts.Flavour().Join(w.Dir, "readme"))
			wantError(t, err, syscall.ENOTDIR)
		},
		"a directory is named absolutely": func(t *testing.T) {
			_, err := s.world(t).Host.Files.Open(context.Background(), "bin")
			wantError(t, err, fs.ErrInvalid)
		},
		"a directory below can be opened on its own": func(t *testing.T) {
			w := s.world(t)
			tree, err := w.Host.Files.Open(context.Background(), w.Host.Facts.Flavour().Join(w.Dir, "bin"))
			noError(t, err)
			wantData(t, tree, "app", "program")
			noError(t, tree.Close())
		},
		"trees that overlap see the same changes": func(t *testing.T) {
			w, outer := s.both(t)
			inner, err := w.Host.Files.Open(context.Background(), w.Host.Facts.Flavour().Join(w.Dir, "bin"))
			noError(t, err)
			write(t, inner, "new", "from within")
			wantData(t, outer, "bin/new", "from within")
			noError(t, outer.Remove("bin/app"))
			wantMissing(t, inner, "app")
			noError(t, inner.Close())
		},
	})
}

// openingContext is about the context of a tree.
func (s suite) openingContext(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"once ctx has ended, each call returns its cause": func(t *testing.T) {
			w := s.world(t)
			ctx, cancel := context.WithCancelCause(context.Background())
			tree, err := w.Host.Files.Open(ctx, w.Dir)
			noError(t, err)
			cause := errors.New("the operator stopped it")
			cancel(cause)
			for op, err := range callEach(tree, "readme") {
				if !errors.Is(err, cause) && !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("%s: got %v, want the cause", op, err)
				}
			}
			_, err = w.Host.Files.Open(ctx, w.Dir)
			wantError(t, err, cause)
			noError(t, tree.Close())
		},
		"opening does not last beyond ctx, but other trees do": func(t *testing.T) {
			w := s.world(t)
			ctx, cancel := context.WithCancel(context.Background())
			first, err := w.Host.Files.Open(ctx, w.Dir)
			noError(t, err)
			cancel()
			wantData(t, treeOf(t, w), "readme", "hello")
			noError(t, first.Close())
		},
	})
}

// callEach makes every call that takes a name, and returns their errors.
func callEach(tree host.Tree, name string) map[string]error {
	failed := map[string]error{}
	keep := func(op string, err error) { failed[op] = err }
	open := func(op string, f afero.File, err error) {
		if err == nil {
			err = f.Close()
		}
		keep(op, err)
	}
	f, err := tree.Open(name)
	open("Open", f, err)
	f, err = tree.Create(name)
	open("Create", f, err)
	f, err = tree.OpenFile(name, os.O_RDWR, 0)
	open("OpenFile", f, err)
	keep("Mkdir", tree.Mkdir(name, 0o755))
	keep("MkdirAll", tree.MkdirAll(name, 0o755))
	keep("Chmod", tree.Chmod(name, 0o600))
	keep("Chtimes", tree.Chtimes(name, then, then))
	_, err = tree.Stat(name)
	keep("Stat", err)
	_, _, err = tree.LstatIfPossible(name)
	keep("Lstat", err)
	_, err = tree.ReadlinkIfPossible(name)
	keep("Readlink", err)
	keep("Symlink", tree.SymlinkIfPossible("readme", name))
	keep("Rename from", tree.Rename(name, "renamed"))
	keep("Rename to", tree.Rename("bin/app", name))
	keep("Remove", tree.Remove(name))
	keep("RemoveAll", tree.RemoveAll(name))
	callOptional(tree, name, keep)
	return failed
}

func callOptional(tree host.Tree, name string, keep func(op string, err error)) {
	if v, ok := tree.(host.Exchanger); ok {
		keep("Exchange", v.Exchange(name, "bin/app"))
	}
	if v, ok := tree.(host.Placer); ok {
		keep("Place", v.Place("bin/app", name))
	}
	if v, ok := tree.(host.Importer); ok {
		source := afero.NewMemMapFs()
		_ = afero.WriteFile(source, "file", []byte("data"), 0o644) // in memory
		_, _, err := v.Import(source, "file", name)
		keep("Import", err)
	}
	if v, ok := tree.(host.Digester); ok {
		_, err := v.Digest(name)
		keep("Digest", err)
	}
	if v, ok := tree.(host.HolderLister); ok {
		_, err := v.Holders(name)
		keep("Holders", err)
	}
	if v, ok := tree.(host.SpaceTeller); ok {
		_, _, err := v.Free(name)
		keep("Free", err)
	}
	if v, ok := tree.(host.Syncer); ok {
		keep("SyncDir", v.SyncDir(name))
	}
}

// refusedNames are names that no tree takes.
func refusedNames() map[string]string {
	return map[string]string{
		"an absolute name":            "/etc/passwd",
		"the root":                    "/",
		"the parent":                  "..",
		"a name in the parent":        "../outside",
		"the parent in the middle":    "bin/../readme",
		"a climb in the middle":       "bin/../../outside",
		"a name that ends with ..":    "bin/..",
		"an empty name":               "",
		"an empty element":            "bin//app",
		"a trailing slash":            "bin/",
		"a trailing slash of a file":  "readme/",
		"a trailing slash of a link":  "dirlink/",
		"a trailing slash of out":     "out/",
		"a trailing slash of nothing": "none/",
	}
}

func (s suite) names(t *testing.T) {
	for sentence, name := range refusedNames() {
		t.Run(sentence+" is refused", func(t *testing.T) {
			t.Parallel()
			_, tree := s.both(t)
			before := listing(t, tree)
			for op, err := range callEach(tree, name) {
				if !errors.Is(err, host.ErrOutside) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("%s %q: got %v, want ErrOutside or fs.ErrInvalid", op, name, err)
				}
			}
			wantEqual(t, before, listing(t, tree))
		})
	}
	sentences(t, map[string]func(*testing.T){
		"names are slash-separated": func(t *testing.T) {
			_, tree := s.both(t)
			wantData(t, tree, "bin/app", "program")
		},
		"a point is the directory itself": func(t *testing.T) {
			_, tree := s.both(t)
			info, err := tree.Stat(".")
			noError(t, err)
			if !info.IsDir() || len(namesIn(t, tree, ".")) < 3 {
				t.Errorf("it is %v", info.Mode())
			}
		},
		"the directory itself stays": func(t *testing.T) {
			_, tree := s.both(t)
			before := listing(t, tree)
			if tree.Remove(".") == nil || tree.Rename(".", "new") == nil || tree.Rename("empty", ".") == nil {
				t.Error("it was removed or renamed")
			}
			wantEqual(t, before, listing(t, tree))
		},
		"a name of 256 bytes is too long": func(t *testing.T) {
			_, tree := s.both(t)
			_, err := tree.Create(strings.Repeat("x", 256))
			if err == nil {
				t.Error("it was created")
			}
		},
		"a name with a NUL is refused": func(t *testing.T) {
			_, tree := s.both(t)
			if _, err := tree.Stat("bin\x00"); err == nil || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("got %v", err)
			}
		},
	})
}

// listing is every name in a tree, with what can be seen of it.
func listing(t *testing.T, tree host.Tree) []string {
	t.Helper()
	var lines []string
	err := afero.Walk(tree, ".", func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		line := path + " " + info.Mode().String()
		if info.Mode().IsRegular() {
			data, err := afero.ReadFile(tree, path)
			if err != nil {
				return err
			}
			line += " " + info.ModTime().UTC().Format(time.RFC3339) + " " + string(data)
		}
		lines = append(lines, line)
		return nil
	})
	noError(t, err)
	return lines
}

// outside are names that a link leads out of the tree.
func outside() []string {
	return []string{"out", "deep-out", "abs", "out/file", "abs/passwd", "deep-out/file"}
}

func (s suite) links(t *testing.T) {
	s.linksConfined(t)
	s.linksSeen(t)
	s.linksChanged(t)
}

// linksConfined is about where links may lead.
func (s suite) linksConfined(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"links lead on within the tree": func(t *testing.T) {
			_, tree := s.both(t)
			wantData(t, tree, "link", "hello")
			wantData(t, tree, "bin/up", "hello")
			wantData(t, tree, "dirlink/app", "program")
			wantData(t, tree, "dirlink/up", "hello")
		},
		"what leads out wraps ErrOutside": func(t *testing.T) {
			_, tree := s.both(t)
			for _, name := range outside() {
				_, err := tree.Stat(name)
				wantError(t, err, host.ErrOutside)
				_, err = tree.Open(name)
				wantError(t, err, host.ErrOutside)
				_, err = tree.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
				wantError(t, err, host.ErrOutside)
				wantError(t, tree.Chmod(name, 0o777), host.ErrOutside)
				wantError(t, tree.Chtimes(name, then, then), host.ErrOutside)
			}
		},
		"nothing is made, moved or removed outside": func(t *testing.T) {
			_, tree := s.both(t)
			for _, name := range []string{"out/new", "abs/new", "deep-out/new"} {
				wantError(t, tree.Mkdir(name, 0o755), host.ErrOutside)
				wantError(t, tree.Remove(name), host.ErrOutside)
				wantError(t, tree.Rename("readme", name), host.ErrOutside)
				wantError(t, tree.Rename(name, "new"), host.ErrOutside)
				wantError(t, tree.SymlinkIfPossible("readme", name), host.ErrOutside)
			}
			wantData(t, tree, "readme", "hello")
		},
	})
}

// linksSeen is about links themselves.
func (s suite) linksSeen(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"Lstat never follows the last element": func(t *testing.T) {
			_, tree := s.both(t)
			for _, name := range []string{"link", "out", "abs", "dangling", "loop", "dirlink/up"} {
				info, _, err := tree.LstatIfPossible(name)
				noError(t, err)
				if info.Mode().Type() != fs.ModeSymlink {
					t.Errorf("%s is %v", name, info.Mode())
				}
			}
		},
		"Stat follows it": func(t *testing.T) {
			_, tree := s.both(t)
			info, err := tree.Stat("link")
			noError(t, err)
			wantEqual(t, int64(5), info.Size())
			_, err = tree.Stat("dangling")
			wantError(t, err, fs.ErrNotExist)
		},
		"Readlink tells where a link leads": func(t *testing.T) {
			_, tree := s.both(t)
			target, err := tree.ReadlinkIfPossible("bin/up")
			noError(t, err)
			wantEqual(t, "../readme", target)
			if _, err := tree.ReadlinkIfPossible("readme"); err == nil {
				t.Error("a file has a target")
			}
		},
		"a link can be made, and its name must be free": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.SymlinkIfPossible("readme", "bin/new"))
			target, err := tree.ReadlinkIfPossible("bin/new")
			noError(t, err)
			wantEqual(t, "readme", target)
			wantError(t, tree.SymlinkIfPossible("readme", "link"), fs.ErrExist)
			wantError(t, tree.SymlinkIfPossible("readme", "none/new"), fs.ErrNotExist)
		},
		"a link that leads to itself is an error": func(t *testing.T) {
			_, tree := s.both(t)
			if _, err := tree.Stat("loop"); err == nil || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("got %v", err)
			}
		},
	})
}

// linksChanged is about changes at links.
func (s suite) linksChanged(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"removing a link leaves what it leads to": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.Remove("link"))
			noError(t, tree.RemoveAll("dirlink"))
			wantData(t, tree, "readme", "hello")
			wantData(t, tree, "bin/app", "program")
			wantMissing(t, tree, "link")
		},
		"renaming moves the link itself": func(t *testing.T) {
			_, tree := s.both(t)
			noError(t, tree.Rename("link", "moved"))
			wantData(t, tree, "moved", "hello")
			noError(t, tree.Rename("bin/app", "moved"))
			wantData(t, tree, "readme", "hello")
			wantData(t, tree, "moved", "program")
		},
		"writing through a link changes what it leads to": func(t *testing.T) {
			_, tree := s.both(t)
			write(t, tree, "link", "changed")
			wantData(t, tree, "readme", "changed")
			info, _, err := tree.LstatIfPossible("link")
			noError(t, err)
			wantEqual(t, fs.ModeSymlink, info.Mode().Type())
		},
		"creating by a link that leads nowhere makes its target": func(t *testing.T) {
			_, tree := s.both(t)
			write(t, tree, "dangling", "found")
			wantData(t, tree, "nowhere", "found")
		},
	})
}
