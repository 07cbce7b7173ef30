package fault_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/fault"
	"quiesce/host/memory"
)

func base(t *testing.T) host.Host {
	t.Helper()
	m, err := memory.New(&memory.Description{
		Name:     "server",
		Files:    []memory.File{{Path: "/app/file", Content: "old"}},
		Services: []memory.Service{{Name: "app"}, {Name: "web"}},
		Commands: []memory.Command{{Argv: []string{"run"}}},
		Network:  &memory.Network{TCP: []memory.TCP{{Address: "localhost:1"}}, HTTP: []memory.HTTP{{URL: "http://localhost/"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.Host()
}

// work does a little of everything. Each of its operations can fail.
func work(h host.Host) error {
	ctx := context.Background()
	if _, err := h.Services.List(ctx); err != nil {
		return err
	}
	if err := h.Services.Stop(ctx, "app"); err != nil {
		return err
	}
	for _, f := range []func() error{
		func() error { return h.Services.SetStart(ctx, "app", host.StartHeld) },
		func() error { return h.Services.Kill(ctx, "web") },
		func() error { return h.Services.Start(ctx, "web") },
		func() error { return second(h.Processes.List(ctx)) },
		func() error { return h.Processes.End(ctx, host.Process{PID: 9}) },
		func() error { return second(h.Connections.List(ctx)) },
		func() error { return h.Connections.End(ctx, host.Connection{ID: "none"}) },
		func() error { return second(h.Monitors.Watchers(ctx)) },
		func() error { return second(h.Monitors.Silence(ctx, host.Silence{Server: "s", Duration: time.Hour})) },
		func() error { return second(h.Monitors.Silenced(ctx, "s", "i")) },
		func() error { return h.Monitors.Lift(ctx, "s", "i") },
		func() error { return second(h.Commands.Run(ctx, host.Command{Argv: []string{"run"}})) },
		func() error { return h.Network.Dial(ctx, "localhost:1") },
		func() error { return second(h.Network.HTTP(ctx, host.HTTPRequest{URL: "http://localhost/"})) },
		func() error { return onFiles(ctx, h) },
	} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

func onFiles(ctx context.Context, h host.Host) error {
	t, err := h.Files.Open(ctx, "/app")
	if err != nil {
		return err
	}
	source := afero.NewMemMapFs()
	if err := afero.WriteFile(source, "file", []byte("new"), 0o644); err != nil {
		return err
	}
	for _, f := range []func() error{
		func() error { return t.Mkdir("dir", 0o755) },
		func() error { return t.MkdirAll("dir/below", 0o755) },
		func() error { return onFile(t) },
		func() error { return t.Chmod("dir/new", 0o600) },
		func() error { return t.Chown("dir/new", 1, 1) },
		func() error { return t.Chtimes("dir/new", time.Time{}, time.Unix(0, 0)) },
		func() error { return t.Rename("dir/new", "new") },
		func() error { return t.SymlinkIfPossible("new", "link") },
		func() error { return second(t.ReadlinkIfPossible("link")) },
		func() error { return second(t.Stat("link")) },
		func() error { _, _, err := t.LstatIfPossible("link"); return err },
		func() error { return listed(t) },
		func() error { return t.(host.Exchanger).Exchange("new", "file") },
		func() error { return t.(host.Placer).Place("new", "old") },
		func() error { return t.(host.Syncer).SyncDir(".") },
		func() error { return t.(host.Syncer).SyncAll() },
		func() error { _, _, err := t.(host.Importer).Import(source, "file", "imported"); return err },
		func() error { return second(t.(host.Digester).Digest("imported")) },
		func() error { return second(t.(host.HolderLister).Holders("imported")) },
		func() error { _, _, err := t.(host.SpaceTeller).Free("."); return err },
		func() error { return t.(host.Attributor).SetXattr("imported", "user.a", nil) },
		func() error { return second(t.(host.Attributor).Xattrs("imported")) },
		func() error { return t.(host.Attributor).RemoveXattr("imported", "user.a") },
		func() error { return t.(host.Attributor).Settable("user.a") },
		func() error { return second(t.(host.RenamingTeller).Renaming(".")) },
		func() error { return t.Remove("old") },
		func() error { return t.RemoveAll("dir") },
	} {
		if err := f(); err != nil {
			return errors.Join(err, t.Close())
		}
	}
	return t.Close()
}

// listed reads a directory; afero.ReadDir would not tell that closing failed.
func listed(t host.Tree) error {
	f, err := t.Open(".")
	if err != nil {
		return err
	}
	_, err = f.Readdir(-1)
	return errors.Join(err, f.Close())
}

func onFile(t host.Tree) error {
	f, err := t.Create("dir/new")
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return second(f.Write([]byte("text"))) },
		func() error { return second(f.WriteString("more")) },
		func() error { return second(f.WriteAt([]byte("T"), 0)) },
		func() error { return f.Truncate(6) },
		func() error { return second(f.Seek(0, 0)) },
		func() error { return second(f.Read(make([]byte, 1))) },
		func() error { return second(f.ReadAt(make([]byte, 1), 0)) },
		func() error { return second(f.Stat()) },
		f.Sync,
	} {
		if err := step(); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}

func second[T any](_ T, err error) error { return err }

// TestSweep lets every operation fail in turn, until a run passes untouched.
func TestSweep(t *testing.T) {
	t.Parallel()
	kinds := map[string]bool{}
	for n := 1; ; n++ {
		c := &fault.Counter{}
		err := work(fault.New(base(t), fault.Plan{Nth: n, Err: syscall.ENOSPC, Counter: c}))
		if c.Failed() == 0 {
			if err != nil {
				t.Fatalf("untouched it fails: %v", err)
			}
			if c.Seen() != n-1 {
				t.Errorf("it counted %d operations, want %d", c.Seen(), n-1)
			}
			break
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("operation %d, %s: got %v", n, c.Last(), err)
		}
		kinds[c.Last()] = true
	}
	if len(kinds) < 45 {
		t.Errorf("only %d operations were made to fail: %v", len(kinds), kinds)
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("a zero plan lets nothing fail", func(t *testing.T) {
		t.Parallel()
		if err := work(fault.New(base(t), fault.Plan{})); err != nil {
			t.Error(err)
		}
	})
	t.Run("only the n-th fails, and has no effect", func(t *testing.T) {
		t.Parallel()
		h := fault.New(base(t), fault.Plan{Nth: 2, Op: "stop service"})
		if err := h.Services.Stop(ctx, "app"); err != nil {
			t.Error(err)
		}
		err := h.Services.Stop(ctx, "web")
		var op *host.OpError
		if !errors.Is(err, syscall.EIO) || !errors.As(err, &op) || op.Subject != "web" {
			t.Errorf("got %v", err)
		}
		list, err := h.Services.List(ctx)
		if err != nil || list[1].State != host.Running {
			t.Errorf("it is %+v: %v", list[1], err)
		}
		if err := h.Services.Stop(ctx, "web"); err != nil {
			t.Error(err)
		}
	})
	t.Run("what was done can be told", func(t *testing.T) {
		t.Parallel()
		c := &fault.Counter{}
		h := fault.New(base(t), fault.Plan{Op: "stop service", Counter: c})
		if err := errors.Join(h.Services.Stop(ctx, "app"), h.Services.Start(ctx, "app"), h.Services.Stop(ctx, "web")); err != nil {
			t.Fatal(err)
		}
		want := []fault.Operation{{Op: "stop service", Subject: "app"}, {Op: "stop service", Subject: "web"}}
		if got := c.Operations(); !slices.Equal(got, want) || c.Seen() != 2 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a lasting fault stays", func(t *testing.T) {
		t.Parallel()
		h := fault.New(base(t), fault.Plan{Nth: 1, Lasting: true, Op: "stop service"})
		for range 3 {
			if !errors.Is(h.Services.Stop(ctx, "web"), syscall.EIO) {
				t.Error("it went away")
			}
		}
	})
	t.Run("only one subject fails", func(t *testing.T) {
		t.Parallel()
		for _, subject := range []string{"/app/file", "/app/f*"} {
			h := fault.New(base(t), fault.Plan{Nth: 1, Lasting: true, Subject: subject, Err: fs.ErrPermission})
			tree, err := h.Files.Open(ctx, "/app")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tree.Stat("file"); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("got %v", err)
			}
			if err := tree.Mkdir("other", 0o755); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("a write can be short", func(t *testing.T) {
		t.Parallel()
		h := fault.New(base(t), fault.Plan{Nth: 1, Op: "write", Err: syscall.ENOSPC, Short: true})
		tree, err := h.Files.Open(ctx, "/app")
		if err != nil {
			t.Fatal(err)
		}
		if err := afero.WriteFile(tree, "new", []byte("12345678"), 0o644); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v", err)
		}
		if data, err := afero.ReadFile(tree, "new"); err != nil || string(data) != "1234" {
			t.Errorf("it holds %q: %v", data, err)
		}
	})
	t.Run("a Close that fails closes", func(t *testing.T) {
		t.Parallel()
		h := fault.New(base(t), fault.Plan{Nth: 1, Op: "close"})
		tree, err := h.Files.Open(ctx, "/app")
		if err != nil {
			t.Fatal(err)
		}
		f, err := tree.Open("file")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); !errors.Is(err, syscall.EIO) {
			t.Errorf("got %v", err)
		}
		if err := f.Close(); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what the base lacks is no operation", func(t *testing.T) {
		t.Parallel()
		c := &fault.Counter{}
		h := fault.New(host.Host{}, fault.Plan{Nth: 1, Counter: c, Op: "exchange"})
		if _, err := h.Files.Open(ctx, "/"); !errors.Is(err, errors.ErrUnsupported) || c.Seen() != 0 {
			t.Errorf("got %v", err)
		}
	})
}
