package memory_test

import (
	"bytes"
	"context"
	"debug/pe"
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/memory"
	"quiesce/host/overlay"
	"quiesce/internal/fileversion"
)

const exchange = `
name: EXCH01
os: windows
now: 1999-06-01T02:00:00Z
space: {free: 200MB}
files:
  - {path: 'C:\exchsrvr\bin\store.exe', version: 5.5.1960.4, modified: 1998-03-01T00:00:00Z, open-by: [{process: store.exe, pid: 412}]}
  - {path: 'C:\exchsrvr\bin\priv.edb', content: mails, open-by: [{process: store.exe, sharing: none}]}
  - {path: 'C:\exchsrvr\readme.txt', content: "hello"}
  - {path: 'C:\secret\file', content: x}
  - {path: 'C:\secret', directory: true, deny: true}
  - {path: 'C:\denied', content: x, deny: true}
  - {path: 'D:\data\file', content: x}
services:
  - {name: MSExchangeDS, process: dsamain.exe, pid: 400}
  - {name: MSExchangeIS, title: Information Store, depends-on: [MSExchangeDS], process: store.exe, pid: 412, comes-back-after: 1m}
  - {name: Hangs, process: hangs.exe, on-stop: hang}
processes: [{pid: 500, name: perfmon.exe, user: administrator}]
connections:
  - {local: "10.0.0.5:110", remote: "10.0.0.9:4011", process: store.exe, pid: 412, comes-back-after: 5s}
  - {local: "10.0.0.5:80", remote: "10.0.0.9:4012", leaves-after: 5s}
pipes: [{name: '\PIPE\winreg', client: MGMT01, process: services.exe, pid: 300}]
monitors: [{monitor: performance-monitor, evidence: "perfmon.exe runs", process: perfmon.exe}]
silences: [{server: s, id: weekly, until: 1999-06-01T03:00:00Z}]
commands:
  - argv: [net, send, "*"]
    exit: 2
    stdout: sent
    writes: [{path: 'C:\exchsrvr\log', content: line}]
    removes: ['C:\exchsrvr\readme.txt', 'C:\none']
    stops: [MSExchangeIS]
  - {argv: [slow], takes: 1m}
network:
  tcp: [{address: "localhost:25", service: MSExchangeIS}, {address: "localhost:1"}]
  http: [{url: "http://localhost/", body: ok, service: MSExchangeIS}]
`

// made makes a host of a description.
func made(t *testing.T, yaml string) *memory.Memory {
	t.Helper()
	d, list := memory.Parse("host.yaml", []byte(yaml), nil)
	if list != nil {
		t.Fatal(list)
	}
	m, err := memory.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("got error %v, want %v", err, target)
	}
}

func tree(t *testing.T, h host.Host, dir string) host.Tree {
	t.Helper()
	v, err := h.Files.Open(context.Background(), dir)
	must(t, err)
	return v
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("it reads back equal, and makes an equal host", func(t *testing.T) {
		t.Parallel()
		before := made(t, exchange).Describe()
		text, err := before.Marshal()
		must(t, err)
		again, list := memory.Parse("again.yaml", text, nil)
		if diff := cmp.Diff(before, again); diff != "" {
			t.Errorf("%v %s", list, diff)
		}
		m, err := memory.New(again)
		must(t, err)
		if diff := cmp.Diff(before, m.Describe()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("it does not change by looking, nor by time", func(t *testing.T) {
		t.Parallel()
		m := made(t, exchange)
		before := m.Describe()
		must(t, m.Host().Clock.Sleep(ctx, time.Second))
		if diff := cmp.Diff(before, m.Describe()); diff != "" {
			t.Error(diff)
		}
	})
	for sentence, change := range map[string]func(h host.Host, t host.Tree) error{
		"bytes":       func(_ host.Host, t host.Tree) error { return afero.WriteFile(t, "readme.txt", []byte("x"), 0o644) },
		"mode":        func(_ host.Host, t host.Tree) error { return t.Chmod("readme.txt", 0o600) },
		"time":        func(_ host.Host, t host.Tree) error { return t.Chtimes("readme.txt", time.Time{}, time.Unix(0, 0)) },
		"names":       func(_ host.Host, t host.Tree) error { return t.Rename("readme.txt", "README.TXT") },
		"links":       func(_ host.Host, t host.Tree) error { return t.SymlinkIfPossible("bin", "link") },
		"directories": func(_ host.Host, t host.Tree) error { return t.Mkdir("new", 0o755) },
		"delayed renames": func(_ host.Host, t host.Tree) error {
			return t.(host.Delayer).Delay("readme.txt", "bin/store.exe")
		},
		"services":    func(h host.Host, _ host.Tree) error { return h.Services.Stop(ctx, "MSExchangeIS") },
		"start types": func(h host.Host, _ host.Tree) error { return h.Services.SetStart(ctx, "MSExchangeIS", host.StartHeld) },
		"processes": func(h host.Host, _ host.Tree) error {
			list, err := h.Processes.List(ctx)
			return errors.Join(err, h.Processes.End(ctx, list[len(list)-1]))
		},
		"connections": func(h host.Host, _ host.Tree) error {
			return h.Connections.End(ctx, host.Connection{ID: "tcp-1"})
		},
		"pipes": func(h host.Host, _ host.Tree) error {
			return h.Connections.End(ctx, host.Connection{ID: "pipe-1"})
		},
		"silences that are opened": func(h host.Host, _ host.Tree) error {
			_, err := h.Monitors.Silence(ctx, host.Silence{Server: "s", Duration: time.Hour})
			return err
		},
		"silences that are lifted": func(h host.Host, _ host.Tree) error { return h.Monitors.Lift(ctx, "s", "weekly") },
	} {
		t.Run("it shows a change of "+sentence, func(t *testing.T) {
			t.Parallel()
			m := made(t, exchange)
			before := m.Describe()
			must(t, change(m.Host(), tree(t, m.Host(), `C:\exchsrvr`)))
			if cmp.Equal(before, m.Describe()) {
				t.Error("it does not")
			}
		})
	}
	t.Run("a service that stopped and started is as before, but for its clients", func(t *testing.T) {
		t.Parallel()
		m := made(t, exchange)
		before := m.Describe()
		must(t, m.Host().Services.Stop(ctx, "MSExchangeIS"))
		must(t, m.Host().Services.Start(ctx, "MSExchangeIS"))
		after := m.Describe()
		before.Connections, after.Connections = nil, nil
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFiles(t *testing.T) {
	t.Parallel()
	t.Run("a version is that of a real program", func(t *testing.T) {
		t.Parallel()
		data, err := afero.ReadFile(tree(t, made(t, exchange).Host(), `C:\exchsrvr`), "bin/store.exe")
		must(t, err)
		v := versionOf(t, data)
		if v.Text != "5.5.1960.4" {
			t.Errorf("its version is %s", v.Text)
		}
	})
	t.Run("what is denied can be seen, but neither read nor changed", func(t *testing.T) {
		t.Parallel()
		for name, h := range map[string]host.Host{
			"memory": made(t, exchange).Host(), "overlay": overlay.New(made(t, exchange).Host()).Host(),
		} {
			root := tree(t, h, `C:\`)
			_, err := root.Stat("denied")
			must(t, err)
			for op, err := range map[string]error{
				"open":      second(root.Open("denied")),
				"write":     second(root.Create("denied")),
				"digest":    second(root.(host.Digester).Digest("denied")),
				"remove":    root.Remove("denied"),
				"rename":    root.Rename("denied", "moved"),
				"replace":   root.Rename("exchsrvr/readme.txt", "denied"),
				"chmod":     root.Chmod("denied", 0o644),
				"list":      second(afero.ReadDir(root, "secret")),
				"below":     second(root.Stat("secret/file")),
				"create":    second(root.Create("secret/new")),
				"removeall": root.RemoveAll("secret"),
			} {
				if !errors.Is(err, fs.ErrPermission) {
					t.Errorf("%s, %s: got %v, want fs.ErrPermission", name, op, err)
				}
			}
		}
	})
	t.Run("a file open without sharing cannot be read until its process ends", func(t *testing.T) {
		t.Parallel()
		h := made(t, exchange).Host()
		root := tree(t, h, `C:\exchsrvr`)
		_, err := root.Open("bin/priv.edb")
		wantError(t, err, host.ErrInUse)
		_, err = root.(host.Digester).Digest("bin/priv.edb")
		wantError(t, err, host.ErrInUse)
		must(t, h.Services.Stop(context.Background(), "MSExchangeIS"))
		_, err = root.Open("bin/priv.edb")
		must(t, err)
	})
	t.Run("every volume is there", func(t *testing.T) {
		t.Parallel()
		m := made(t, exchange)
		must(t, afero.WriteFile(tree(t, m.Host(), `D:\`), "data/new", []byte("x"), 0o644))
		found := slices.ContainsFunc(m.Describe().Files, func(f memory.File) bool { return f.Path == `D:\data\new` })
		if !found {
			t.Error("it is not described")
		}
	})
	t.Run("a delayed rename is carried out at the next start", func(t *testing.T) {
		t.Parallel()
		m := made(t, exchange)
		root := tree(t, m.Host(), `C:\exchsrvr`)
		must(t, afero.WriteFile(root, "bin/store.new", []byte("new"), 0o644))
		must(t, root.(host.Delayer).Delay("bin/store.new", "bin/store.exe"))
		must(t, m.Reboot())
		data, err := afero.ReadFile(root, "bin/store.exe")
		must(t, err)
		if string(data) != "new" || m.Describe().AtRestart != nil {
			t.Errorf("it holds %q", data)
		}
		wantError(t, root.Remove("bin/store.exe"), host.ErrInUse) // the service runs again
	})
}

func versionOf(t *testing.T, data []byte) fileversion.Version {
	t.Helper()
	v, ok, err := fileversion.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil || !ok {
		t.Fatalf("it has no version: %v", err)
	}
	return v
}

func second[T any](_ T, err error) error { return err }

func TestPE(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"5.5.1960.4", "1", "65535.65535.65535.65535", "0.0.0.1"} {
		for _, padding := range []int{0, 1, 5000} {
			data := memory.PE(version, padding)
			if !bytes.Equal(data, memory.PE(version, padding)) {
				t.Error("it differs from time to time")
			}
			if len(data)-len(memory.PE(version, 0)) != padding {
				t.Errorf("it is %d bytes long", len(data))
			}
			v := versionOf(t, data)
			want, err := memory.ParseVersion(version)
			must(t, err)
			if got, err := memory.ParseVersion(v.Text); err != nil || got != want {
				t.Errorf("%s is read as %s: %v", version, v.Text, err)
			}
			f, err := pe.NewFile(bytes.NewReader(data))
			must(t, err)
			if f.Section(".rsrc") == nil {
				t.Error("it has no resources")
			}
		}
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("a command has its result and its effects", func(t *testing.T) {
		t.Parallel()
		m := made(t, exchange)
		r, err := m.Host().Commands.Run(ctx, host.Command{Argv: []string{"net", "send", "all: a\nb"}})
		must(t, err)
		if diff := cmp.Diff(host.CommandResult{Exit: 2, Stdout: []byte("sent"), Stderr: []byte{}}, r); diff != "" {
			t.Error(diff)
		}
		root := tree(t, m.Host(), `C:\exchsrvr`)
		if data, err := afero.ReadFile(root, "log"); err != nil || string(data) != "line" {
			t.Errorf("it wrote %q: %v", data, err)
		}
		_, err = root.Stat("readme.txt")
		wantError(t, err, fs.ErrNotExist)
		list, err := m.Host().Services.List(ctx)
		must(t, err)
		if list[2].State != host.Stopped {
			t.Errorf("the service is %s", list[2].State)
		}
	})
	t.Run("a program that is not there shows no arguments", func(t *testing.T) {
		t.Parallel()
		for _, argv := range [][]string{{"net", "send"}, {"net", "sent", "x"}, {"other", "password"}} {
			_, err := made(t, exchange).Host().Commands.Run(ctx, host.Command{Argv: argv})
			wantError(t, err, fs.ErrNotExist)
			if bytes.Contains([]byte(err.Error()), []byte("password")) {
				t.Errorf("it says %v", err)
			}
		}
	})
	t.Run("a command takes its time", func(t *testing.T) {
		t.Parallel()
		h := made(t, exchange).Host()
		before := h.Clock.Now()
		_, err := h.Commands.Run(ctx, host.Command{Argv: []string{"slow"}})
		must(t, err)
		if took := h.Clock.Now().Sub(before); took != time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := made(t, exchange).Host()
	must(t, h.Network.Dial(ctx, "localhost:1"))
	must(t, h.Network.Dial(ctx, "localhost:25"))
	r, err := h.Network.HTTP(ctx, host.HTTPRequest{URL: "http://localhost/"})
	must(t, err)
	if r.Status != 200 || string(r.Body) != "ok" {
		t.Errorf("it answers %+v", r)
	}
	must(t, h.Services.Stop(ctx, "MSExchangeIS"))
	wantError(t, h.Network.Dial(ctx, "localhost:25"), syscall.ECONNREFUSED)
	_, err = h.Network.HTTP(ctx, host.HTTPRequest{URL: "http://localhost/"})
	wantError(t, err, syscall.ECONNREFUSED)
	wantError(t, h.Network.Dial(ctx, "localhost:2"), syscall.ECONNREFUSED)
	must(t, h.Clock.Sleep(ctx, time.Minute)) // it comes back
	must(t, h.Network.Dial(ctx, "localhost:25"))
}

func TestBehaviour(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("a service hangs until its time is over", func(t *testing.T) {
		t.Parallel()
		h := made(t, exchange).Host()
		limited, cancel := h.Clock.WithTimeout(ctx, time.Hour)
		defer cancel()
		wantError(t, h.Services.Stop(limited, "Hangs"), context.DeadlineExceeded)
		must(t, h.Services.Kill(ctx, "Hangs"))
	})
	t.Run("connections leave and come back", func(t *testing.T) {
		t.Parallel()
		m := made(t, exchange)
		h := m.Host()
		must(t, h.Connections.End(ctx, host.Connection{ID: "tcp-1"}))
		must(t, h.Clock.Sleep(ctx, 5*time.Second))
		list := m.Describe().Connections
		if len(list) != 1 || list[0].ID != "tcp-1+1" || list[0].ComesBackAfter != 5*time.Second {
			t.Errorf("there are %+v", list)
		}
	})
}

func TestNew(t *testing.T) {
	t.Parallel()
	_, err := memory.New(&memory.Description{Name: "a", Files: []memory.File{{Path: "relative"}}})
	if err == nil {
		t.Error("a relative path was taken")
	}
	_, err = memory.New(&memory.Description{Name: "a", Files: []memory.File{{Path: "/a", From: "b"}}})
	if err == nil {
		t.Error("a file that was never read was taken")
	}
}
