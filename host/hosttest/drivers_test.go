package hosttest_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"quiesce/host"
	"quiesce/host/fault"
	"quiesce/host/hosttest"
	"quiesce/host/local"
	"quiesce/host/memory"
	"quiesce/host/overlay"
	"quiesce/host/record"
)

// describe turns a fixture into the description of a host in memory.
func describe(f hosttest.Fixture, system, dir string) *memory.Description {
	d := &memory.Description{
		Name: "test", OS: system, Now: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		Commands: []memory.Command{
			{Argv: []string{"hello"}, Stdout: "hello", Stderr: "warning"},
			{Argv: []string{"three"}, Exit: 3},
			{Argv: []string{"long"}, Takes: time.Minute},
		},
		Network: &memory.Network{
			TCP:  []memory.TCP{{Address: "localhost:25", Service: "Base"}, {Address: "localhost:26", Service: "Off"}},
			HTTP: []memory.HTTP{{URL: "http://localhost/", Body: "hello", Service: "Base"}},
		},
	}
	fl := d.Facts().Flavour()
	for _, v := range f.Files {
		file := memory.File{
			Path: fl.Join(dir, v.Name), Directory: v.Dir, Symlink: v.Target, Content: v.Data,
			Modified: v.Modified, OpenBy: v.HeldBy,
		}
		if v.Mode != 0 {
			file.Mode = fmt.Sprintf("%04o", v.Mode)
		}
		d.Files = append(d.Files, file)
	}
	programs := map[string]string{"Base": "base", "Middle": "middle"}
	for _, v := range f.Services {
		d.Services = append(d.Services, memory.Service{
			Name: v.Name, Title: v.Title, State: v.State, Start: v.Start, DependsOn: v.DependsOn,
			Process: programs[v.Name], PID: v.PID,
		})
	}
	for _, v := range f.Processes {
		d.Processes = append(d.Processes, memory.Process{PID: v.PID, Name: v.Name, User: v.User})
	}
	for _, v := range f.Connections {
		if v.Protocol == host.Pipe {
			d.Pipes = append(d.Pipes, memory.OpenPipe{ID: v.ID, Name: v.Local, Client: v.Remote})
			continue
		}
		d.Connections = append(d.Connections, memory.Connection{
			ID: v.ID, Protocol: v.Protocol, Local: v.Local, Remote: v.Remote, PID: v.PID, Own: v.Own,
		})
	}
	for _, v := range f.Watchers {
		d.Monitors = append(d.Monitors, memory.Monitor(v))
	}
	return d
}

type maker func(t *testing.T, f hosttest.Fixture) hosttest.World

func inMemory(system, dir string, lacks ...string) maker {
	return func(t *testing.T, f hosttest.Fixture) hosttest.World {
		t.Helper()
		m, err := memory.New(describe(f, system, dir))
		if err != nil {
			t.Fatal(err)
		}
		return hosttest.World{
			Host: m.Host(), Dir: dir, Lacks: lacks,
			Programs: hosttest.Programs{Hello: []string{"hello"}, Three: []string{"three"}, Long: []string{"long"}},
			Sites:    hosttest.Sites{Open: "localhost:25", Closed: "localhost:26", URL: "http://localhost/"},
		}
	}
}

// posix and windows are the flavours of the host in memory.
func posix() maker { return inMemory("linux", "/srv/app", hosttest.Delay) }

func windows() maker {
	return inMemory("windows", `C:\app`, hosttest.Exchange, hosttest.Ownership, hosttest.Attributes)
}

// onThisMachine is the local driver in a temporary directory.
func onThisMachine() maker {
	return func(t *testing.T, f hosttest.Fixture) hosttest.World {
		t.Helper()
		dir, err := filepath.EvalSymlinks(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		f.Write(t, dir)
		w := hosttest.World{
			Host: local.New(&local.Digests{}), Dir: dir,
			Lacks: []string{
				hosttest.Services, hosttest.Processes, hosttest.Connections, hosttest.Monitors,
				hosttest.Delay, hosttest.FixedHolders,
			},
			Programs: hosttest.Programs{
				Hello: []string{"/bin/sh", "-c", "printf hello; printf warning >&2"},
				Three: []string{"/bin/sh", "-c", "exit 3"},
				Long:  []string{"/bin/sh", "-c", "sleep 60"},
			},
			Sites: sites(t),
		}
		if os.Geteuid() != 0 {
			w.Lacks = append(w.Lacks, hosttest.Ownership)
		}
		if !hosttest.KeepsAttributes(t, w.Host) {
			w.Lacks = append(w.Lacks, hosttest.Attributes)
		}
		return w
	}
}

// sites starts a web server, and finds a port at which nobody listens.
func sites(t *testing.T) hosttest.Sites {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	t.Cleanup(s.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return hosttest.Sites{Open: s.Listener.Addr().String(), Closed: closed, URL: s.URL}
}

// decorated puts a decorator on every world of another maker.
func decorated(open maker, decorate func(host.Host) host.Host, lacks ...string) maker {
	return func(t *testing.T, f hosttest.Fixture) hosttest.World {
		t.Helper()
		w := open(t, f)
		w.Host = decorate(w.Host)
		w.Lacks = append(w.Lacks, lacks...)
		return w
	}
}

func simulated(h host.Host) host.Host { return overlay.New(h).Host() }

func recorded(h host.Host) host.Host {
	h, _ = record.New(h)
	return h
}

func faultless(h host.Host) host.Host { return fault.New(h, fault.Plan{}) }

func TestDrivers(t *testing.T) {
	opaque := []string{hosttest.Commands, hosttest.Network}
	drivers := map[string]maker{
		"memory, POSIX":            posix(),
		"memory, Windows":          windows(),
		"overlay, POSIX":           decorated(posix(), simulated, opaque...),
		"overlay, Windows":         decorated(windows(), simulated, opaque...),
		"overlay on overlay":       decorated(decorated(posix(), simulated), simulated, opaque...),
		"record, POSIX":            decorated(posix(), recorded),
		"record, Windows":          decorated(windows(), recorded),
		"fault, POSIX":             decorated(posix(), faultless),
		"fault, Windows":           decorated(windows(), faultless),
		"overlay on record, fault": decorated(decorated(decorated(windows(), faultless), recorded), simulated, opaque...),
	}
	if runtime.GOOS == "linux" {
		drivers["local"] = onThisMachine()
		drivers["record, local"] = decorated(onThisMachine(), recorded)
		drivers["fault, local"] = decorated(onThisMachine(), faultless)
		drivers["overlay, local"] = decorated(onThisMachine(), simulated, opaque...)
	}
	for name, open := range drivers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosttest.Run(t, open)
		})
	}
}
