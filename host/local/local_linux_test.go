package local_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/local"
)

// open returns a tree over a new directory, and the directory.
func open(t *testing.T) (host.Tree, string) {
	t.Helper()
	return openDir(t, t.Context(), t.TempDir())
}

func openDir(t *testing.T, ctx context.Context, dir string) (host.Tree, string) {
	t.Helper()
	tree, err := local.New(&local.Digests{}).Files.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	})
	return tree, dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// content returns what stands in a file, or the error of reading it.
func content(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// must ends the test at an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	h := local.New(&local.Digests{})
	t.Run("the facts are those of the machine", func(t *testing.T) {
		name, err := os.Hostname()
		must(t, err)
		if h.Facts != (host.Facts{Name: name, OS: runtime.GOOS, Arch: runtime.GOARCH}) {
			t.Errorf("facts are %+v", h.Facts)
		}
		if h.Traits.Volatile {
			t.Error("a real machine is volatile")
		}
	})
	t.Run("what it does not know yet, it cannot tell", func(t *testing.T) {
		_, services := h.Services.List(t.Context())
		_, processes := h.Processes.List(t.Context())
		_, connections := h.Connections.List(t.Context())
		_, watchers := h.Monitors.Watchers(t.Context())
		for name, err := range map[string]error{"services": services, "processes": processes, "connections": connections, "watchers": watchers} {
			if !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "x")
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	for sentence, c := range map[string]struct {
		dir  string
		want error
	}{
		"a missing directory":   {filepath.Join(dir, "none"), fs.ErrNotExist},
		"a file":                {filepath.Join(dir, "file"), syscall.ENOTDIR},
		"a directory in a file": {filepath.Join(dir, "file", "x"), syscall.ENOTDIR},
		"a named pipe":          {filepath.Join(dir, "pipe"), syscall.ENOTDIR},
		"a relative directory":  {"testdata", fs.ErrInvalid},
		"no name":               {"", fs.ErrInvalid},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			if tree, err := local.New(&local.Digests{}).Files.Open(t.Context(), c.dir); !errors.Is(err, c.want) {
				t.Errorf("Open: %v, %v, want %v", tree, err, c.want)
			}
		})
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("the operator has pressed a key")
	ctx, cancel := context.WithCancelCause(t.Context())
	tree, dir := openDir(t, ctx, t.TempDir())
	write(t, filepath.Join(dir, "f"), "f")
	f, err := tree.Open("f")
	must(t, err)
	cancel(reason)
	calls := map[string]func() error{
		"open":    func() error { _, err := tree.Open("f"); return err },
		"create":  func() error { _, err := tree.Create("g"); return err },
		"mkdir":   func() error { return tree.Mkdir("d", 0o755) },
		"remove":  func() error { return tree.Remove("f") },
		"rename":  func() error { return tree.Rename("f", "g") },
		"stat":    func() error { _, err := tree.Stat("f"); return err },
		"symlink": func() error { return tree.SymlinkIfPossible("f", "l") },
		"import":  func() error { _, _, err := tree.(host.Importer).Import(afero.NewOsFs(), "/dev/null", "g"); return err },
		"digest":  func() error { _, err := tree.(host.Digester).Digest("f"); return err },
		"read":    func() error { _, err := f.Read(make([]byte, 1)); return err },
		"bind":    func() error { _, err := local.New(&local.Digests{}).Files.Open(ctx, dir); return err },
	}
	if runtime.GOOS == "linux" {
		calls["exchange"] = func() error { return tree.(host.Exchanger).Exchange("f", "f") }
		calls["place"] = func() error { return tree.(host.Placer).Place("f", "g") }
		calls["sync"] = func() error { return tree.(host.Syncer).SyncAll() }
		calls["sync directory"] = func() error { return tree.(host.Syncer).SyncDir(".") }
		calls["holders"] = func() error { _, err := tree.(host.HolderLister).Holders("f"); return err }
		calls["free"] = func() error { _, _, err := tree.(host.SpaceTeller).Free("."); return err }
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, reason) {
			t.Errorf("%s after the end of the context: %v", name, err)
		}
	}
	if err := f.Close(); err != nil {
		t.Errorf("a file cannot be closed after the end of the context: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || content(filepath.Join(dir, "f")) != "f" {
		t.Errorf("something was changed: %v, %v", entries, err)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	tree, err := local.New(&local.Digests{}).Files.Open(t.Context(), t.TempDir())
	must(t, err)
	must(t, tree.Close())
	if _, err := tree.Stat("."); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Stat on a closed tree: %v", err)
	}
	if err := tree.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}
