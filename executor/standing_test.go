package executor_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/executor"
	"quiesce/executor/journal"
)

const patchOnly = `
version: 1
name: x
inputs:
  pack: {type: path, required: true}
steps:
  - {id: apply, action: apply-with-overwrite-policy, with: {source: "${{ inputs.pack }}", to: /srv/app, overwrite: if-different}}
`

// write puts content into a file of the host.
func (w *world) write(dir, name, content string) {
	w.t.Helper()
	tree, err := w.memory.Host().Files.Open(context.Background(), dir)
	if err != nil {
		w.t.Fatal(err)
	}
	f, err := tree.Create(name)
	if err == nil {
		_, err = f.WriteString(content)
	}
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = tree.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// A rollback that meets somebody else's file takes the rest back, counts truly,
// and can be closed by a person.
func TestPartlyUndone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, server)
	p := w.plan(patchOnly)
	r := begin(t, p)
	if outcome, err := w.executor(r).Apply(ctx, p); outcome != executor.Succeeded {
		t.Fatal(err)
	}
	w.write("/srv/app", "app.conf", "mine\n")
	outcome, err := w.executor(r).Rollback(ctx, p, w.history(p, r))
	if outcome != executor.Incomplete || err == nil || !strings.Contains(err.Error(), "app.conf") {
		t.Fatalf("%s: %v", outcome, err)
	}
	h := w.history(p, r)
	if s := h.Steps[0]; s.State != executor.NotUndone || s.Total-s.Applied != 1 || h.Outcome != executor.Incomplete {
		t.Errorf("%+v", s)
	}
	if err := w.executor(r).Close(p, h, " "); err == nil {
		t.Error("closed without a reason")
	}
	if err := w.executor(r).Close(p, h, "the new configuration stays"); err != nil {
		t.Fatal(err)
	}
	if h := w.history(p, r); h.Outcome != executor.Closed {
		t.Errorf("outcome %s", h.Outcome)
	}
	w.write("/srv/app", "app.conf", "port 8080\n")
	if outcome, err := w.executor(r).Rollback(ctx, p, w.history(p, r)); outcome != executor.RolledBack {
		t.Errorf("once the file is as the run had left it: %s: %v", outcome, err)
	}
}

// What cannot be taken back does not stop a rollback if it never happened.
func TestIrreversibleThatNeverHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t, server)
	before := w.describe()
	p := w.plan(`
version: 1
name: x
steps:
  - {id: stop, action: stop-services, with: {services: [cron]}}
  - {id: once, irreversible: true, action: run-command, with: {command: [nothere]}}
`)
	r := begin(t, p)
	if outcome, err := w.executor(r).Apply(context.Background(), p); outcome != executor.RolledBack || err == nil {
		t.Fatalf("%s: %v", outcome, err)
	}
	w.same(before, "after the rollback")
	if at := w.history(p, r).NoReturn(p); at != "" {
		t.Errorf("no return from %q", at)
	}
}

func TestNoReturn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, server)
	p := w.plan(`
version: 1
name: x
steps:
  - {id: once, irreversible: true, action: run-command, with: {command: [notify, once]}}
  - {id: stop, action: stop-services, with: {services: [cron]}}
`)
	r := begin(t, p)
	if outcome, err := w.executor(r).Apply(context.Background(), p); outcome != executor.Succeeded {
		t.Fatal(err)
	}
	if at := w.history(p, r).NoReturn(p); at != "once" {
		t.Errorf("no return from %q", at)
	}
}

func TestOverlap(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, server)
	first := w.plan(patchOnly)
	one := begin(t, first)
	if outcome, err := w.executor(one).Apply(ctx, first); outcome != executor.Succeeded {
		t.Fatal(err)
	}
	w.write("/srv/app", "app.conf", "port 81\n")
	second := w.plan(patchOnly)
	two := begin(t, second)
	e := w.executor(two)
	e.Run = "r2"
	if outcome, err := e.Apply(ctx, second); outcome != executor.Succeeded {
		t.Fatal(err)
	}
	both := executor.Overlap(first, w.history(first, one), second, w.history(second, two))
	if diff := cmp.Diff([]string{"/srv/app/app.conf"}, both); diff != "" {
		t.Error(diff)
	}
	if outcome, err := e.Rollback(ctx, second, w.history(second, two)); outcome != executor.RolledBack {
		t.Fatal(err)
	}
	if both := executor.Overlap(first, w.history(first, one), second, w.history(second, two)); len(both) != 0 {
		t.Errorf("after the later run was taken back: %v", both)
	}
}

// The outcome from the journal alone is that of the history, at every record.
func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, server)
	p := w.plan(everything)
	r := begin(t, p)
	if _, err := w.executor(r).Apply(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := w.executor(r).Rollback(t.Context(), p, w.history(p, r)); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Read(bytes.NewReader(r.buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[executor.Outcome]bool{}
	for n := 1; n <= len(j.Records); n++ {
		part := &journal.Journal{Records: j.Records[:n]}
		h, err := executor.NewHistory(p, part)
		if err != nil {
			t.Fatal(err)
		}
		got := executor.OutcomeOf(part)
		if seen[got] = true; got != h.Outcome {
			t.Errorf("after record %d: %q, and by the history %q", n, got, h.Outcome)
		}
	}
	if len(seen) != 3 {
		t.Errorf("outcomes %v", seen)
	}
}
