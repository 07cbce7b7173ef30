package hosttest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"quiesce/host"
)

// Fixture is what a world holds when it begins.
type Fixture struct {
	Files       []File
	Services    []host.Service
	Processes   []host.Process // beside those of the services
	Connections []host.Connection
	Watchers    []host.Watcher
}

// File is a file of a fixture, in the order in which it can be made.
type File struct {
	Name     string // relative to the world's directory
	Dir      bool
	Target   string // of a symbolic link
	Data     string
	Mode     fs.FileMode
	Modified time.Time
	HeldBy   []host.Holder
}

var then = time.Date(2019, 5, 4, 3, 2, 1, 0, time.UTC)

// Standard returns the fixture that Run asks for.
func Standard() Fixture {
	started := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	return Fixture{
		Files: []File{
			{Name: "bin", Dir: true, Mode: 0o755},
			{Name: "bin/app", Data: "program", Mode: 0o755, Modified: then},
			{Name: "bin/held", Data: "held", Mode: 0o644, Modified: then, HeldBy: []host.Holder{
				{Process: "middle", PID: 420, Service: "Middle", Sharing: "read"},
				{Process: "watcher", PID: 430, Sharing: "read"},
			}},
			{Name: "bin/shared", Data: "shared", Mode: 0o644, Modified: then, HeldBy: []host.Holder{
				{Process: "watcher", PID: 430, Sharing: "all"},
			}},
			{Name: "empty", Dir: true, Mode: 0o700},
			{Name: "share", Dir: true, Mode: 0o755},
			{Name: "share/doc", Data: "manual", Mode: 0o644, Modified: then},
			{Name: "readme", Data: "hello", Mode: 0o640, Modified: then},
			{Name: "link", Target: "readme"},
			{Name: "dirlink", Target: "bin"},
			{Name: "bin/up", Target: "../readme"},
			{Name: "dangling", Target: "nowhere"},
			{Name: "loop", Target: "loop"},
			{Name: "out", Target: "../outside"},
			{Name: "deep-out", Target: "bin/../../outside"},
			{Name: "abs", Target: "/etc"},
		},
		Services: []host.Service{
			{Name: "Base", Title: "The base", State: host.Running, Start: host.StartAuto, PID: 410},
			{Name: "Middle", State: host.Running, Start: host.StartManual, DependsOn: []string{"Base"}, PID: 420},
			{Name: "Off", State: host.Stopped, Start: host.StartManual, DependsOn: []string{"Middle"}},
			{Name: "Forbidden", State: host.Stopped, Start: host.StartDisabled},
		},
		Processes: []host.Process{{PID: 430, Name: "watcher", Started: started, User: "admin"}},
		Connections: []host.Connection{
			{ID: "c1", Protocol: host.TCP, Local: "10.0.0.1:25", Remote: "10.0.0.9:1001", Port: 25, PID: 420, Process: "middle", Service: "Middle"},
			{ID: "c2", Protocol: host.TCP, Local: "10.0.0.1:22", Remote: "10.0.0.9:1002", Port: 22, Own: true},
			{ID: "c3", Protocol: host.UDP, Local: "10.0.0.1:161", Remote: "10.0.0.9:1003", Port: 161},
			{ID: "c4", Protocol: host.Pipe, Local: `\PIPE\winreg`, Remote: "MGMT01"},
		},
		Watchers: []host.Watcher{
			{Monitor: "server-monitor", Evidence: "an agent reports", Remote: true, Client: "MON01"},
			{Monitor: "performance-monitor", Evidence: "watcher runs", Process: "watcher", PID: 430},
		},
	}
}

// Write makes the files of a fixture in a directory of this machine.
func (f Fixture) Write(t *testing.T, dir string) {
	t.Helper()
	for _, v := range f.Files {
		if err := v.write(filepath.Join(dir, filepath.FromSlash(v.Name))); err != nil {
			t.Fatal(err)
		}
	}
}

func (f File) write(path string) error {
	switch {
	case f.Target != "":
		return os.Symlink(f.Target, path)
	case f.Dir:
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		return os.Chmod(path, f.Mode)
	}
	if err := os.WriteFile(path, []byte(f.Data), 0o600); err != nil {
		return err
	}
	if err := os.Chmod(path, f.Mode); err != nil {
		return err
	}
	return os.Chtimes(path, f.Modified, f.Modified)
}
