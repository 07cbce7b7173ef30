package record_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/memory"
	"quiesce/host/record"
)

func recorded(t *testing.T) (host.Host, *record.Log) {
	t.Helper()
	m, err := memory.New(&memory.Description{
		Name: "server", OS: "windows",
		Files:       []memory.File{{Path: `C:\app\file`, Content: "old"}, {Path: `C:\app\other`, Content: "other"}},
		Services:    []memory.Service{{Name: "app"}},
		Processes:   []memory.Process{{PID: 7, Name: "perfmon"}},
		Connections: []memory.Connection{{ID: "c1", Local: "10.0.0.1:25", Remote: "10.0.0.2:1"}},
		Commands:    []memory.Command{{Argv: []string{"run", "*"}}},
		Network:     &memory.Network{HTTP: []memory.HTTP{{URL: "http://localhost/"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return record.New(m.Host())
}

func TestEffects(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for want, effect := range map[string]func(h host.Host, t host.Tree) error{
		`create C:\app\new`: func(_ host.Host, t host.Tree) error { return closed(t.Create("new")) },
		`create C:\app\file`: func(_ host.Host, t host.Tree) error {
			return closed(t.OpenFile("file", os.O_RDWR|os.O_CREATE, 0))
		},
		`truncate C:\app\file`: func(_ host.Host, t host.Tree) error {
			return closed(t.OpenFile("file", os.O_RDWR|os.O_TRUNC, 0))
		},
		`write C:\app\file`: func(_ host.Host, t host.Tree) error {
			f, err := t.OpenFile("file", os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt([]byte("x"), 0)
			return errors.Join(err, f.Close())
		},
		`mkdir C:\app\dir`:                  func(_ host.Host, t host.Tree) error { return t.Mkdir("dir", 0o755) },
		`mkdir C:\app\dir\below`:            func(_ host.Host, t host.Tree) error { return t.MkdirAll("dir/below", 0o755) },
		`remove C:\app\file`:                func(_ host.Host, t host.Tree) error { return t.Remove("file") },
		`remove all of C:\app\file`:         func(_ host.Host, t host.Tree) error { return t.RemoveAll("file") },
		`rename C:\app\file and C:\app\new`: func(_ host.Host, t host.Tree) error { return t.Rename("file", "new") },
		`place C:\app\file and C:\app\new`:  func(_ host.Host, t host.Tree) error { return t.(host.Placer).Place("file", "new") },
		`chmod C:\app\file`:                 func(_ host.Host, t host.Tree) error { return t.Chmod("file", 0o600) },
		`chtimes C:\app\file`:               func(_ host.Host, t host.Tree) error { return t.Chtimes("file", time.Time{}, time.Time{}) },
		`symlink C:\app\link`:               func(_ host.Host, t host.Tree) error { return t.SymlinkIfPossible("file", "link") },
		`import C:\app\new`:                 func(_ host.Host, t host.Tree) error { return imported(t) },
		`delay rename of C:\app\file and C:\app\other`: func(_ host.Host, t host.Tree) error {
			return t.(host.Delayer).Delay("file", "other")
		},
		`cancel delayed rename of C:\app\file and C:\app\other`: func(_ host.Host, t host.Tree) error {
			return t.(host.Delayer).CancelDelay("file", "other")
		},
		"start service app": func(h host.Host, _ host.Tree) error { return h.Services.Start(ctx, "app") },
		"stop service app":  func(h host.Host, _ host.Tree) error { return h.Services.Stop(ctx, "app") },
		"kill service app":  func(h host.Host, _ host.Tree) error { return h.Services.Kill(ctx, "app") },
		"set start type of service app to held": func(h host.Host, _ host.Tree) error {
			return h.Services.SetStart(ctx, "app", host.StartHeld)
		},
		"end process perfmon (7)": func(h host.Host, _ host.Tree) error {
			list, err := h.Processes.List(ctx)
			return errors.Join(err, h.Processes.End(ctx, list[0]))
		},
		"end connection tcp 10.0.0.1:25 from 10.0.0.2:1": func(h host.Host, _ host.Tree) error {
			list, err := h.Connections.List(ctx)
			return errors.Join(err, h.Connections.End(ctx, list[0]))
		},
		"silence alerts for 1h0m0s": func(h host.Host, _ host.Tree) error {
			_, err := h.Monitors.Silence(ctx, host.Silence{Server: "alerts", Duration: time.Hour})
			return err
		},
		"lift silence s of alerts": func(h host.Host, _ host.Tree) error { return h.Monitors.Lift(ctx, "alerts", "s") },
		"run run": func(h host.Host, _ host.Tree) error {
			_, err := h.Commands.Run(ctx, host.Command{Argv: []string{"run", "password"}})
			return err
		},
		"send POST request to http://localhost/": func(h host.Host, _ host.Tree) error {
			_, err := h.Network.HTTP(ctx, host.HTTPRequest{URL: "http://localhost/", Method: http.MethodPost})
			return err
		},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			h, log := recorded(t)
			tree, err := h.Files.Open(ctx, `C:\app`)
			if err != nil {
				t.Fatal(err)
			}
			if err := effect(h, tree); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{want}, log.Effects()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func closed(f afero.File, err error) error {
	if err != nil {
		return err
	}
	return f.Close()
}

func imported(t host.Tree) error {
	source := afero.NewMemMapFs()
	if err := afero.WriteFile(source, "file", []byte("x"), 0o644); err != nil {
		return err
	}
	_, _, err := t.(host.Importer).Import(source, "file", "new")
	return err
}

// TestAttributes is about what Windows lacks.
func TestAttributes(t *testing.T) {
	t.Parallel()
	m, err := memory.New(&memory.Description{Name: "server", Files: []memory.File{{Path: "/app/file"}}})
	if err != nil {
		t.Fatal(err)
	}
	h, log := record.New(m.Host())
	tree, err := h.Files.Open(context.Background(), "/app")
	if err != nil {
		t.Fatal(err)
	}
	v := tree.(host.Attributor)
	_, renaming := host.RenamingOf(tree, ".")
	if err := errors.Join(v.SetXattr("file", "user.a", nil), v.RemoveXattr("file", "user.a"), second(v.Xattrs("file")), v.Settable("user.a"), renaming); err != nil {
		t.Fatal(err)
	}
	want := []string{"set attribute user.a of /app/file", "remove attribute user.a of /app/file"}
	if diff := cmp.Diff(want, log.Effects()); diff != "" {
		t.Error(diff)
	}
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	h, log := recorded(t)
	if h.Services.Stop(context.Background(), "none") == nil {
		t.Fatal("it stopped")
	}
	if diff := cmp.Diff([]string{"stop service none"}, log.Effects()); diff != "" {
		t.Error(diff)
	}
}

// TestReading shows that looking, at anything, is no effect.
func TestReading(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h, log := recorded(t)
	tree, err := h.Files.Open(ctx, `C:\app`)
	if err != nil {
		t.Fatal(err)
	}
	data, err := afero.ReadFile(tree, "file")
	if err != nil || string(data) != "old" {
		t.Errorf("it holds %q: %v", data, err)
	}
	for what, look := range map[string]func() error{
		"walk":      func() error { return afero.Walk(tree, ".", func(string, os.FileInfo, error) error { return nil }) },
		"digest":    func() error { return second(tree.(host.Digester).Digest("file")) },
		"holders":   func() error { return second(tree.(host.HolderLister).Holders("file")) },
		"delayed":   func() error { return second(tree.(host.Delayer).Delayed("file", "other")) },
		"sync":      func() error { return tree.(host.Syncer).SyncAll() },
		"services":  func() error { return second(h.Services.List(ctx)) },
		"processes": func() error { return second(h.Processes.List(ctx)) },
		"clients":   func() error { return second(h.Connections.List(ctx)) },
		"watchers":  func() error { return second(h.Monitors.Watchers(ctx)) },
		"silenced":  func() error { return second(h.Monitors.Silenced(ctx, "s", "i")) },
		"get":       func() error { return second(h.Network.HTTP(ctx, host.HTTPRequest{URL: "http://localhost/"})) },
		"sleep":     func() error { return h.Clock.Sleep(ctx, time.Second) },
	} {
		if err := look(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
	if got := strings.Join(log.Effects(), ", "); got != "" {
		t.Errorf("effects: %s", got)
	}
}

func second[T any](_ T, err error) error { return err }
