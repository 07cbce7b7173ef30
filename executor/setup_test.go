package executor_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	"quiesce/host/local"
	"quiesce/host/memory"
	"quiesce/internal/diag"
	"quiesce/runbooks"
)

const server = `
name: web01
os: linux
now: 2030-01-01T00:00:00Z
files:
  - {path: /srv/app/app.conf, content: "port 80\n", modified: 2029-01-01T00:00:00Z, mode: "0640", owner: "33:33"}
  - {path: /srv/app/old.txt, content: "old\n"}
  - {path: /srv/app/lib/keep.txt, content: "same\n"}
services:
  - {name: db, process: dbd, pid: 10}
  - {name: app, depends-on: [db], process: appd, pid: 11}
  - {name: report, depends-on: [app], start: manual}
  - {name: cron}
processes:
  - {pid: 500, name: perfmon.exe}
connections:
  - {local: "10.0.0.5:110", remote: "10.0.0.9:4011", process: appd, pid: 11, leaves-after: 5s}
monitors:
  - {monitor: server-monitor, remote: true, client: nagios, evidence: "nagios polls port 5666"}
commands:
  - {argv: [migrate], writes: [{path: /srv/app/schema, content: "2\n"}]}
  - {argv: [migrate, --down], removes: [/srv/app/schema]}
  - {argv: [notify, "*"]}
  - {argv: [broken], exit: 3, stderr: "no such table"}
  - {argv: [slow], takes: 1h}
network:
  http: [{url: "http://localhost/health", body: ok, service: app}]
`

// everything is a runbook that uses all actions.
const everything = `
version: 1
name: Everything
inputs:
  pack: {type: path, required: true}
steps:
  - {id: watch, action: verify-no-monitor, with: {monitors: [performance-monitor], on-found: stop}, hold: true}
  - {id: quiet, action: verify-no-monitor, with: {monitors: [server-monitor], on-found: silence, silence: {server: "http://alerts", duration: 1h}}}
  - {id: stop, action: stop-services, with: {services: [db, cron]}}
  - {id: drain, action: end-connections, with: {select: [mail-clients], grace: 10s, settle: 2s}}
  - {id: apply, action: apply-with-overwrite-policy, with: {source: "${{ inputs.pack }}", to: /srv/app, overwrite: if-different, remove: ["*.txt"]}}
  - {id: migrate, action: run-command, with: {command: [migrate], undo: [migrate, --down]}}
  - {id: start, action: start-services, with: {stopped-by: stop}}
  - {id: healthy, action: check, with: {http: {url: "http://localhost/health"}}}
  - {id: sure, action: confirm, with: {message: "Is it well?"}}
`

// world is a host, a registry and a pack to try runbooks on.
type world struct {
	t        *testing.T
	memory   *memory.Memory
	registry *actions.Registry
	pack     string
	events   []executor.Event
	confirm  func(context.Context, string) error
	stop     chan struct{}
	secrets  map[string]string
	given    map[string]string
}

func newWorld(t *testing.T, description string) *world {
	t.Helper()
	d, list := memory.Parse("server.yaml", []byte(description), os.DirFS(t.TempDir()))
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	m, err := memory.New(d)
	if err != nil {
		t.Fatal(err)
	}
	registry, err := actions.NewRegistry(file.Family(), service.Family(), connection.Family(), monitor.Family(), command.Family(), check.Family())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, memory: m, registry: registry, pack: t.TempDir(), stop: make(chan struct{}), secrets: map[string]string{}, given: map[string]string{}}
	w.confirm = func(context.Context, string) error { return nil }
	for name, content := range map[string]string{"app.conf": "port 8080\n", "lib/new.txt": "new\n", "lib/keep.txt": "same\n"} {
		path := filepath.Join(w.pack, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) planner() *executor.Planner {
	return &executor.Planner{Host: w.memory.Host(), Sources: local.New(&local.Digests{}).Files, Actions: w.registry, Tool: "quiesce test"}
}

// try plans a runbook, which may fail.
func (w *world) try(text string) (*plan.Plan, diag.List, error) {
	w.t.Helper()
	rb, list := runbooks.Parse("runbook.yaml", []byte(text), runbooks.Limits{})
	if err := list.Err(); err != nil {
		w.t.Fatal(err)
	}
	if err := rb.Check(w.registry).Err(); err != nil {
		w.t.Fatal(err)
	}
	if slices.ContainsFunc(rb.Inputs, func(in *runbooks.Input) bool { return in.Name == "pack" }) {
		w.given["pack"] = w.pack
	}
	inputs, list := rb.Bind(w.given)
	if err := list.Err(); err != nil {
		w.t.Fatal(err)
	}
	return w.planner().Plan(context.Background(), rb, inputs)
}

// plan plans a runbook that must come to a plan.
func (w *world) plan(text string) *plan.Plan {
	w.t.Helper()
	p, list, err := w.try(text)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := list.Err(); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) describe() *memory.Description {
	return w.memory.Describe()
}

// record is a journal in memory that can cut a run off.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
	*journal.Writer
	left int // records to take before the cut; negative: no cut
	cut  context.CancelFunc
}

func (r *record) Write(p []byte) (int, error) { return r.buf.Write(p) }
func (r *record) Sync() error                 { return nil }

// recorder gives *record the method Sync of a journal.
type recorder struct{ *record }

func (r recorder) Append(rec journal.Record) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left == 0 {
		r.cut()
		return 0, context.Canceled
	}
	r.left--
	return r.Writer.Append(rec)
}

func (r recorder) Sync(seq int) error { return r.Writer.Sync(seq) }

// begin starts a journal.
func begin(t *testing.T, p *plan.Plan) *record {
	t.Helper()
	r := &record{left: -1, cut: func() {}}
	r.Writer = journal.NewWriter(r, journal.Tail{}, time.Now)
	if _, err := r.Append(journal.Record{Type: journal.Begin, Run: &journal.Run{Format: journal.Format, ID: "r1", Plan: p.Digest, Name: p.Runbook.Name, Host: p.Host.Name}}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) executor(r *record) *executor.Executor {
	return w.executorOn(w.memory.Host(), r)
}

func (w *world) executorOn(h host.Host, r *record) *executor.Executor {
	return &executor.Executor{
		Host: h, Sources: local.New(&local.Digests{}).Files, Actions: w.registry, Journal: recorder{r},
		Observe: func(e executor.Event) { w.events = append(w.events, e) },
		Confirm: w.confirm, Secrets: w.secrets, Stop: w.stop, Run: "r1",
	}
}

// history reads what a journal says so far.
func (w *world) history(p *plan.Plan, r *record) *executor.History {
	w.t.Helper()
	j, err := journal.Read(bytes.NewReader(r.buf.Bytes()))
	if err != nil {
		w.t.Fatal(err)
	}
	h, err := executor.NewHistory(p, j)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// states is how each step of a history stands.
func states(h *executor.History) string {
	var out []string
	for _, s := range h.Steps {
		out = append(out, s.ID+": "+string(s.State))
	}
	return strings.Join(out, ", ")
}

// written is a plan as its file.
func written(t *testing.T, p *plan.Plan) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// same fails if the host is not as it was.
func (w *world) same(before *memory.Description, when string) {
	w.t.Helper()
	if diff := cmp.Diff(lasting(before), lasting(w.describe())); diff != "" {
		w.t.Errorf("%s the host is not as it was:\n%s", when, diff)
	}
}

// lasting leaves out what a rollback need not bring back: connections and
// processes that were ended, and what watched the host through them.
func lasting(d *memory.Description) *memory.Description {
	out := *d
	out.Connections, out.Processes, out.Pipes, out.Monitors, out.Now = nil, nil, nil, nil, time.Time{}
	out.Files = slices.Clone(d.Files)
	for i := range out.Files {
		if out.Files[i].Path == "/srv/app/schema" { // written by a command, when it ran
			out.Files[i].Modified = time.Time{}
		}
	}
	return &out
}

func types(events []executor.Event, step string) string {
	var out []string
	for _, e := range events {
		if e.Step == step && e.Type != executor.StepProgress {
			out = append(out, string(e.Type))
		}
	}
	return strings.Join(out, " ")
}
