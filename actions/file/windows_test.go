package file_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/host/local"
	"quiesce/host/memory"
	"quiesce/host/overlay"
	"quiesce/internal/diag"
)

// exchange is a Windows server of 1999 whose store.exe is open.
func exchange() *memory.Description {
	return &memory.Description{
		Name: "EXCH01", OS: "windows", Arch: "amd64", Now: time.Date(1999, 6, 1, 2, 0, 0, 0, time.UTC),
		Files: []memory.File{
			{Path: `C:\exchsrvr\BIN\Store.exe`, Version: "5.5.1960.4", Modified: early, OpenBy: []host.Holder{{Process: "store.exe", PID: 412}}},
			{Path: `C:\exchsrvr\BIN\dsamain.exe`, Version: "5.5.2650.24", Modified: early},
			{Path: `C:\exchsrvr\BIN\emsabp32.dll`, Version: "5.5.2653.0", Modified: early},
			{Path: `C:\exchsrvr\readme.txt`, Content: "old", Modified: early},
			{Path: `C:\exchsrvr\plain.dll`, Content: "no version at all", Modified: late},
			{Path: `C:\exchsrvr\stray.tmp`, Content: "x", Modified: early},
		},
		Processes: []memory.Process{{PID: 412, Name: "store.exe"}},
	}
}

type server struct {
	*bench
	memory *memory.Memory
}

// newServer makes that server and a service pack for it.
func newServer(t *testing.T, d *memory.Description) *server {
	t.Helper()
	b := &bench{t: t, pack: t.TempDir()}
	m, err := memory.New(d)
	b.check(err)
	b.root = `C:\exchsrvr`
	b.env = &actions.Env{Host: m.Host(), Sources: local.New(&local.Digests{}).Files, Memo: &note{}, Run: "r1", Step: "apply"}
	b.params = map[string]any{"source": b.pack, "to": `c:/exchsrvr`}
	b.write(b.pack, "bin/store.EXE", string(memory.PE("5.5.2650.24", 100)), 0o644, late)
	b.write(b.pack, "bin/dsamain.exe", string(memory.PE("5.5.2650.24", 100)), 0o644, late)
	b.write(b.pack, "bin/EMSABP32.DLL", string(memory.PE("5.5.2650.24", 0)), 0o644, late)
	b.write(b.pack, "bin/new.dll", string(memory.PE("5.5.2650.24", 0)), 0o644, late)
	b.write(b.pack, "README.TXT", "new", 0o644, late)
	b.write(b.pack, "plain.dll", string(memory.PE("1.0.0.0", 0)), 0o644, early)
	b.write(b.pack, "docs/help/a.txt", "help", 0o644, late)
	return &server{b, m}
}

func (s *server) describe() *memory.Description { return s.memory.Describe() }

func (s *server) content(path string) string {
	s.t.Helper()
	dir, name := host.Windows.Split(path)
	tree, err := s.env.Host.Files.Open(context.Background(), dir)
	s.check(err)
	data, err := afero.ReadFile(tree, name)
	s.check(err)
	s.check(tree.Close())
	return string(data)
}

func lines(changes []actions.Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, strings.TrimPrefix(c.Kind, "file.")+" "+c.Subject+" "+c.Rule+": "+c.Reason)
	}
	return out
}

func TestServicePack(t *testing.T) {
	t.Parallel()
	s := newServer(t, exchange())
	s.params["remove"] = []any{"STRAY.*"}
	before := s.describe()
	changes := s.changes()
	want := []string{
		`replace C:\exchsrvr\readme.txt later-date: modified 1999-06-02T03:04:05.987654321Z, later than 1998-03-01T01:02:03.123456789Z`,
		`keep C:\exchsrvr\BIN\emsabp32.dll not-later-version: 5.5.2650.24 is earlier than 5.5.2653.0`,
		`keep C:\exchsrvr\BIN\dsamain.exe not-later-version: 5.5.2650.24 as there, with other content`,
		`create C:\exchsrvr\BIN\new.dll missing: not there yet`,
		`replace C:\exchsrvr\BIN\Store.exe later-version: 5.5.2650.24 is later than 5.5.1960.4; open by store.exe: the old file stays open under the name of its backup`,
		`create C:\exchsrvr\docs missing: a folder of the pack that is not there yet`,
		`create C:\exchsrvr\docs\help missing: a folder of the pack that is not there yet`,
		`create C:\exchsrvr\docs\help\a.txt missing: not there yet`,
		`replace C:\exchsrvr\plain.dll versioned-beats-unversioned: has version 1.0.0.0, the file there has none`,
		`remove C:\exchsrvr\stray.tmp listed: listed for removal`,
	}
	if d := cmp.Diff(sorted(want), sorted(lines(changes))); d != "" {
		t.Fatal(d)
	}
	for _, c := range changes {
		if strings.HasSuffix(c.Subject, "Store.exe") {
			if c.Old.Version != "5.5.1960.4" || c.New.Version != "5.5.2650.24" || c.Old.Scheme != "pe" || c.New.Mode != "" {
				t.Errorf("facts: %+v, %+v", c.Old, c.New)
			}
		}
	}
	s.check(s.apply(changes))
	s.states(changes, actions.Done)
	if got := s.content(`C:\exchsrvr\bin\store.exe`); got != string(memory.PE("5.5.2650.24", 100)) {
		t.Error("store.exe is not the new one")
	}
	s.check(s.undo(changes))
	if d := cmp.Diff(before, s.describe()); d != "" {
		t.Errorf("undo:\n%s", d)
	}
	s.check(s.apply(changes))
	s.check(s.undo(changes))
	if d := cmp.Diff(before, s.describe()); d != "" {
		t.Errorf("undo after apply after undo:\n%s", d)
	}
}

// TestSimulation makes the changes on an overlay with the code that makes them
// for real, and wants the same tree, and a base that nobody touched.
func TestSimulation(t *testing.T) {
	t.Parallel()
	s := newServer(t, exchange())
	before := s.describe()
	real := *s.env
	simulated := real
	simulated.Host, simulated.Memo = overlay.New(real.Host).Host(), &note{}
	changes := s.changes()
	s.env = &simulated
	s.check(s.apply(changes))
	s.states(changes, actions.Done)
	if d := cmp.Diff(before, s.describe()); d != "" {
		t.Errorf("the simulation changed the host:\n%s", d)
	}
	for _, c := range s.changes() {
		if actions.Alters(c.Kind) {
			t.Errorf("after the simulation, a plan still has %s %s", c.Kind, c.Subject)
		}
	}
	s.env = &real
	s.check(s.apply(changes))
	s.states(changes, actions.Done)
}

func TestSimulationOfThisMachine(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	before := b.tree()
	over := overlay.New(b.env.Host)
	b.env.Host = over.Host()
	changes := b.changes()
	b.check(b.apply(changes))
	b.states(changes, actions.Done)
	b.sameTree("the simulation", before)
	b.write(b.pack, "bin/store.exe", "newer still", 0o644, late.Add(time.Hour))
	b.env.Step, b.env.Memo = "second", &note{}
	b.params["remove"] = []any{}
	if got := b.kinds(b.changes()); !slices.Contains(got, "replace bin/store.exe later-date") {
		t.Errorf("a second step on the simulated host plans %v", got)
	}
	b.check(over.Close())
}

func TestInUse(t *testing.T) {
	t.Parallel()
	t.Run("fail names who has it open", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, exchange())
		s.params["in-use"] = "fail"
		wantFinding(t, s.proposal(), "in-use", `C:\exchsrvr\BIN\Store.exe is open by store.exe (process 412)`)
	})
	t.Run("wait goes on when it is closed", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, exchange())
		s.params["in-use"] = "wait"
		changes := s.changes()
		ctx := context.Background()
		processes, err := s.env.Host.Processes.List(ctx)
		s.check(err)
		clock := &closing{Clock: s.env.Host.Clock, after: 5, do: func() { s.check(s.env.Host.Processes.End(ctx, processes[0])) }}
		s.env.Host.Clock = clock
		s.env.Host.Traits.Volatile = false
		s.check(s.apply(changes))
		if clock.sleeps != 5 {
			t.Errorf("slept %d times, want 5: until the process ended", clock.sleeps)
		}
	})
	t.Run("wait ends with the step's timeout", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, exchange())
		s.params["in-use"] = "wait"
		changes := s.changes()
		before := s.describe()
		s.env.Host.Traits.Volatile = false
		ctx, cancel := s.env.Host.Clock.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		err := operator().ApplyAll(ctx, s.env, changes)
		if err == nil || !strings.Contains(err.Error(), "store.exe (process 412)") {
			t.Errorf("apply: %v, want an error that names who has it open", err)
		}
		s.check(s.undo(changes))
		if d := cmp.Diff(before.Files, s.describe().Files); d != "" {
			t.Errorf("undo:\n%s", d)
		}
	})
	t.Run("on-reboot takes its place at the next start", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, exchange())
		s.params["in-use"] = "on-reboot"
		before := s.describe()
		changes := s.changes()
		for _, c := range changes {
			if pending := c.New != nil && c.New.State == "pending-restart"; pending != strings.HasSuffix(c.Subject, "Store.exe") {
				t.Errorf("%s: pending is %v", c.Subject, pending)
			}
		}
		s.check(s.apply(changes))
		s.states(changes, actions.Done)
		if got := s.content(`C:\exchsrvr\bin\store.exe`); got != string(memory.PE("5.5.1960.4", 0)) {
			t.Error("store.exe was replaced before the start")
		}
		s.check(s.undo(changes))
		if d := cmp.Diff(before, s.describe()); d != "" {
			t.Errorf("undo before the start:\n%s", d)
		}
		s.check(s.apply(changes))
		s.check(s.memory.Reboot())
		s.states(changes, actions.Done)
		if got := s.content(`C:\exchsrvr\bin\store.exe`); got != string(memory.PE("5.5.2650.24", 100)) {
			t.Error("store.exe was not replaced at the start")
		}
		s.check(s.undo(changes))
		if got := s.content(`C:\exchsrvr\bin\store.exe`); got != string(memory.PE("5.5.1960.4", 0)) {
			t.Error("undo after the start did not bring the old file back")
		}
	})
}

// closing is a clock on which something happens after some sleeps.
type closing struct {
	host.Clock
	sleeps, after int
	do            func()
}

func (c *closing) Sleep(ctx context.Context, d time.Duration) error {
	if c.sleeps++; c.sleeps == c.after {
		c.do()
	}
	return c.Clock.Sleep(ctx, d)
}

// wantFinding wants an error about a parameter whose message holds text.
func wantFinding(t *testing.T, p actions.Proposal, param, text string) {
	t.Helper()
	for _, f := range p.Findings {
		if f.Param == param && f.Severity == diag.Error && strings.Contains(f.Message, text) {
			if f.Hint == "" || f.Rule == "" {
				t.Errorf("the finding has rule %q and hint %q: it must say what to do", f.Rule, f.Hint)
			}
			return
		}
	}
	t.Errorf("no finding about %s that says %q, only %+v", param, text, p.Findings)
}

func TestWindowsNames(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"con":        "that of a device",
		"a?b":        "a character that Windows does not allow",
		"trailing. ": "dot or a space",
		"STORE.exe":  "are one name on this host",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, exchange())
			s.write(s.pack, filepath.Join("bin", name), "x", 0o644, late)
			wantFinding(t, s.proposal(), "source", text)
		})
	}
}

// asking counts who asks for the holders of files.
type asking struct {
	host.Files
	asked *int
}

func (a asking) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := a.Files.Open(ctx, dir)
	return askingTree{breakingTree{tree, &breaker{at: -1}}, tree.(host.HolderLister), a.asked}, err
}

type askingTree struct {
	breakingTree
	lister host.HolderLister
	asked  *int
}

func (a askingTree) Holders(name string) ([]host.Holder, error) {
	*a.asked++
	return a.lister.Holders(name)
}

func TestSimulationDoesNotWait(t *testing.T) {
	t.Parallel()
	s := newServer(t, exchange())
	s.params["in-use"] = "wait"
	changes := s.changes()
	asked := 0
	s.env.Host.Files = asking{s.env.Host.Files, &asked}
	began := s.env.Host.Clock.Now()
	s.check(s.apply(changes))
	if now := s.env.Host.Clock.Now(); asked != 0 || !now.Equal(began) {
		t.Errorf("a simulation asked %d times, for %v of its time", asked, now.Sub(began))
	}
}

func TestLockedFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at, param string
	}{
		"one that the pack brings":  {`C:\exchsrvr\readme.txt`, "to"},
		"one that is to be removed": {`C:\exchsrvr\stray.tmp`, "remove"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := exchange()
			for i := range d.Files {
				if d.Files[i].Path == c.at {
					d.Files[i].OpenBy = []host.Holder{{Process: "store.exe", PID: 412, Sharing: "none"}}
				}
			}
			s := newServer(t, d)
			s.params["remove"] = []any{"STRAY.*"}
			wantFinding(t, s.proposal(), c.param, c.at+" cannot be read: it is open by store.exe (process 412)")
		})
	}
}
