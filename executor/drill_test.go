package executor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"quiesce/actions"
	"quiesce/actions/check"
	"quiesce/actions/command"
	"quiesce/actions/connection"
	"quiesce/actions/file"
	"quiesce/actions/monitor"
	"quiesce/actions/service"
	"quiesce/executor"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
	"quiesce/host"
	"quiesce/host/fault"
	"quiesce/host/memory"
	"quiesce/runbooks"
)

// drill is a plan with the server that it was made on, which can be had anew as
// often as wanted.
type drill struct {
	server, pack  *memory.Description
	registry      *actions.Registry
	plan          *plan.Plan
	trees         treeKind
	before, after standing // of the server, and what the plan makes of it
}

// treeKind is what the file system of a drill can do.
type treeKind int

const (
	richTrees  treeKind = iota // it exchanges names and knows digests, but every file is copied byte by byte
	plainTrees                 // nothing but to rename and to sync
)

// standing is how a server stands: all that a rollback gives back.
type standing struct {
	Host  *memory.Description
	Dates []string // of directories, which the description leaves out
}

// timeless leaves out what depends on when a run was carried out.
func (s standing) timeless() standing {
	out := *s.Host
	out.Silences = slices.Clone(out.Silences)
	for i := range out.Silences {
		out.Silences[i].Until = time.Time{}
	}
	out.Files = slices.Clone(out.Files)
	for i := range out.Files {
		if out.Files[i].Path == "/var/lib/app/schema" {
			out.Files[i].Modified = time.Time{}
		}
	}
	return standing{Host: &out}
}

// newDrill plans a runbook on a server, and carries the plan out once.
func newDrill(t *testing.T, server, pack, runbook string, trees treeKind) *drill {
	t.Helper()
	d := &drill{server: described(t, server), pack: described(t, pack), registry: families(t), trees: trees}
	a := d.anew(t)
	d.before = a.standing(t)
	d.plan = a.planned(t, runbook)
	a.begin(t)
	if outcome, err := a.on(t, nil).Apply(t.Context(), d.plan); outcome != executor.Succeeded {
		t.Fatalf("without a fault the run is %s: %v", outcome, err)
	}
	d.after = a.standing(t).timeless()
	if cmp.Equal(d.before.timeless(), d.after) {
		t.Fatal("the plan changes nothing, so that it shows nothing")
	}
	return d
}

func families(t *testing.T) *actions.Registry {
	t.Helper()
	registry, err := actions.NewRegistry(file.Family(), service.Family(), connection.Family(), monitor.Family(), command.Family(), check.Family())
	if err != nil {
		t.Fatal(err)
	}
	return registry
}

func described(t *testing.T, text string) *memory.Description {
	t.Helper()
	d, list := memory.Parse("server.yaml", []byte(text), os.DirFS(t.TempDir()))
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return d
}

// attempt is one run on a server of its own.
type attempt struct {
	*drill
	memory *memory.Memory
	packs  *memory.Memory
	ledger *ledger

	run        string // its id
	keepsDates bool   // those of directories are not given back
}

func (d *drill) anew(t *testing.T) *attempt {
	t.Helper()
	m, err := memory.New(d.server)
	if err != nil {
		t.Fatal(err)
	}
	packs, err := memory.New(d.pack)
	if err != nil {
		t.Fatal(err)
	}
	return &attempt{drill: d, memory: m, packs: packs, ledger: &ledger{}, run: "r1"}
}

// host is the server as one whose changes must be made durable.
func (a *attempt) host() host.Host {
	h := a.memory.Host()
	h.Files = limited{h.Files, a.trees}
	h.Traits.Volatile = false
	return h
}

func (a *attempt) planned(t *testing.T, text string) *plan.Plan {
	t.Helper()
	rb, list := runbooks.Parse("runbook.yaml", []byte(text), runbooks.Limits{})
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	if err := rb.Check(a.registry).Err(); err != nil {
		t.Fatal(err)
	}
	inputs, list := rb.Bind(nil)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	planner := executor.Planner{Host: a.memory.Host(), Sources: a.packs.Host().Files, Actions: a.registry, Tool: "quiesce test"}
	p, list, err := planner.Plan(t.Context(), rb, inputs)
	if err != nil || list.HasErrors() {
		t.Fatal(list.Err(), err)
	}
	return p
}

// begin begins the journal.
func (a *attempt) begin(t *testing.T) {
	t.Helper()
	w := journal.NewWriter(a.ledger, journal.Tail{}, time.Now)
	seq, err := w.Append(journal.Record{Type: journal.Begin, Run: &journal.Run{Format: journal.Format, ID: a.run, Plan: a.plan.Digest, Name: a.plan.Runbook.Name, Host: a.plan.Host.Name}})
	if err == nil {
		err = w.Sync(seq)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// on is an engine that goes on with the journal. With a fault plan, operations
// on the server and on the pack fail.
func (a *attempt) on(t *testing.T, faults *fault.Plan) *executor.Executor {
	t.Helper()
	h, packs := a.host(), host.Host{Facts: a.packs.Host().Facts, Files: limited{a.packs.Host().Files, a.trees}}
	if faults != nil {
		h, packs = fault.New(h, *faults), fault.New(packs, *faults)
	}
	a.ledger.cutTail(t)
	return &executor.Executor{
		Host: h, Sources: packs.Files, Actions: a.registry, Run: a.run,
		Journal: journal.NewWriter(a.ledger, a.ledger.read(t).Tail, time.Now),
		Confirm: func(context.Context, string) error { return nil },
	}
}

// history is what the journal says.
func (a *attempt) history(t *testing.T) *executor.History {
	t.Helper()
	h, err := executor.NewHistory(a.plan, a.ledger.read(t))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// errDead is what everything answers to a process that has ended.
var errDead = errors.New("the process has ended")

// crash lets the process end before the n-th operation on the server or the
// pack, and tells whether it came so far. A write that was under way has been
// half made. With forgets the power fails: the journal loses its volatile end.
func (a *attempt) crash(t *testing.T, n int, forgets bool, run func(*executor.Executor) (executor.Outcome, error)) bool {
	t.Helper()
	c := &fault.Counter{}
	e := a.on(t, &fault.Plan{Nth: n, Lasting: true, Short: true, Err: errDead, Counter: c})
	a.ledger.dead = func() bool { return c.Failed() > 0 }
	outcome, err := run(e)
	a.ledger.dead = nil
	if c.Failed() == 0 {
		return false
	}
	if outcome == executor.Succeeded {
		t.Errorf("the process ended before operation %d, %s, and the run has succeeded: %v", n, c.Last(), err)
	}
	if forgets {
		a.ledger.forget()
	}
	return true
}

// back rolls back from the journal alone, twice, with nothing failing any more.
func (a *attempt) back(t *testing.T) error {
	t.Helper()
	for range 2 {
		outcome, err := a.on(t, nil).Rollback(t.Context(), a.plan, a.history(t))
		if err != nil || outcome != executor.RolledBack {
			return fmt.Errorf("rolled back without a fault: %s: %w", outcome, err)
		}
	}
	return nil
}

func (a *attempt) standing(t *testing.T) standing {
	t.Helper()
	s := standing{Host: lasting(a.memory.Describe())}
	tree, err := a.memory.Host().Files.Open(t.Context(), "/srv")
	if err != nil {
		t.Fatal(err)
	}
	err = afero.Walk(tree, ".", func(name string, info fs.FileInfo, err error) error {
		if err == nil && info.IsDir() {
			s.Dates = append(s.Dates, name+" "+info.ModTime().UTC().Format(time.RFC3339Nano))
		}
		return err
	})
	if err := errors.Join(err, tree.Close()); err != nil {
		t.Fatal(err)
	}
	return s
}

// ledger is a journal's file, which can fail and forget.
type ledger struct {
	bytes.Buffer
	durable int // bytes that a power cut leaves
	calls   int // of Write and Sync
	fails   int // the call that fails; 0 means none
	err     error
	short   bool        // the write that fails leaves half of a line
	dead    func() bool // nil, or whether the process has ended
}

// hit counts a call and returns why it fails, or nil.
func (l *ledger) hit() error {
	l.calls++
	switch {
	case l.dead != nil && l.dead():
		return errDead
	case l.calls == l.fails:
		return l.err
	}
	return nil
}

// Write implements journal.File.
func (l *ledger) Write(p []byte) (int, error) {
	err := l.hit()
	switch {
	case err == nil:
		return l.Buffer.Write(p)
	case !l.short:
		return 0, err
	}
	n, _ := l.Buffer.Write(p[:len(p)/2]) // a bytes.Buffer never fails
	return n, err
}

// Sync implements journal.File.
func (l *ledger) Sync() error {
	if err := l.hit(); err != nil {
		return err
	}
	l.durable = l.Len()
	return nil
}

// forget is a power cut: what was not durable is gone.
func (l *ledger) forget() { l.Truncate(l.durable) }

func (l *ledger) read(t *testing.T) *journal.Journal {
	t.Helper()
	j, err := journal.Read(bytes.NewReader(l.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// cutTail takes a torn tail away, as whoever goes on with a journal does.
func (l *ledger) cutTail(t *testing.T) {
	t.Helper()
	l.Truncate(int(l.read(t).Size))
	l.durable = min(l.durable, l.Len())
}

// limited hands out trees that lack some of what they could do. None imports:
// every file is read and written, so that reads and writes can fail.
type limited struct {
	host.Files
	kind treeKind
}

// Open implements host.Files.
func (l limited) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := l.Files.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	if l.kind == plainTrees {
		return struct {
			host.Tree
			host.Syncer
		}{tree, tree.(host.Syncer)}, nil
	}
	return struct {
		host.Tree
		host.Syncer
		host.Exchanger
		host.Placer
		host.HolderLister
		host.SpaceTeller
		host.Delayer
	}{tree, tree.(host.Syncer), tree.(host.Exchanger), tree.(host.Placer), tree.(host.HolderLister), tree.(host.SpaceTeller), tree.(host.Delayer)}, nil
}
