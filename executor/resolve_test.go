package executor_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/plan"
)

// read returns what a file of the host holds, "" if it is not there.
func (w *world) read(path string) string {
	w.t.Helper()
	for _, f := range w.describe().Files {
		if f.Path == path {
			return f.Content
		}
	}
	return ""
}

// dispute is that run.
type dispute struct {
	*world
	plan   *plan.Plan
	record *record
}

func (d *dispute) history() *executor.History { return d.world.history(d.plan, d.record) }

func (d *dispute) engine() *executor.Executor { return d.executor(d.record) }

func (d *dispute) settle(decisions map[string]actions.Decision) error {
	return d.engine().Settle(context.Background(), d.plan, d.history(), true, decisions)
}

// disputed is a run that succeeded, with a conflict for who takes it back.
func disputed(t *testing.T) *dispute {
	t.Helper()
	ctx := context.Background()
	w := newWorld(t, server)
	p := w.plan(patchOnly)
	r := begin(t, p)
	if outcome, err := w.executor(r).Apply(ctx, p); outcome != executor.Succeeded {
		t.Fatal(err)
	}
	w.write("/srv/app", "app.conf", "mine\n")
	d := &dispute{w, p, r}
	if outcome, err := d.engine().Rollback(ctx, p, d.history()); outcome != executor.Incomplete {
		t.Fatalf("%s: %v", outcome, err)
	}
	return d
}

const confFile = "/srv/app/app.conf"

func TestConflictsInHistory(t *testing.T) {
	t.Parallel()
	w := disputed(t)
	if diff := cmp.Diff([]string{confFile}, w.history().Steps[0].Conflicts); diff != "" {
		t.Error(diff)
	}
	if only := w.history().Steps[0].KeepOnly; len(only) > 0 {
		t.Errorf("nothing can be put in place of %v, while the backup is there", only)
	}
	dir, base, _ := strings.Cut(strings.TrimPrefix(w.names(".quiesce-")[0], "/srv/"), "/")
	w.write("/srv/"+dir, base, "edited\n")
	if outcome, err := w.engine().Rollback(context.Background(), w.plan, w.history()); outcome != executor.Incomplete {
		t.Fatalf("%s: %v", outcome, err)
	}
	if diff := cmp.Diff([]string{confFile}, w.history().Steps[0].KeepOnly); diff != "" {
		t.Errorf("once its backup was edited: %s", diff)
	}
	if err := w.settle(map[string]actions.Decision{confFile: actions.KeepTheirs}); err != nil {
		t.Fatal(err)
	}
	if outcome, err := w.engine().Rollback(context.Background(), w.plan, w.history()); outcome != executor.RolledBack || len(w.history().Steps[0].KeepOnly) > 0 {
		t.Errorf("%s: %v; still to decide: %v", outcome, err, w.history().Steps[0].KeepOnly)
	}
}

// What was decided is in the journal: the rollback that follows, in another
// process, carries it out.
func TestSettleSurvives(t *testing.T) {
	t.Parallel()
	for decision, want := range map[actions.Decision]string{actions.TakeOurs: "port 80\n", actions.KeepTheirs: "mine\n"} {
		w := disputed(t)
		if err := w.settle(map[string]actions.Decision{confFile: decision}); err != nil {
			t.Fatal(err)
		}
		if w.read(confFile) != "mine\n" {
			t.Errorf("%s: deciding has changed the file", decision)
		}
		h := w.history()
		if s := h.Steps[0].Settled; len(s) != 1 {
			t.Errorf("%s: the history has %v", decision, s)
		}
		outcome, err := w.engine().Rollback(context.Background(), w.plan, h)
		if outcome != executor.RolledBack || w.read(confFile) != want {
			t.Errorf("%s: %s: %v; the file holds %q", decision, outcome, err, w.read(confFile))
		}
		theirs := w.names(".theirs-")
		if kept := decision == actions.KeepTheirs; kept != (len(theirs) == 0) || kept != (len(w.names(".quiesce-")) == 1) || w.history().Kept() != kept {
			t.Errorf("%s: beside it lie %q and %q", decision, theirs, w.names(".quiesce-"))
		}
		if len(w.history().Steps[0].Conflicts) != 0 {
			t.Errorf("%s: still in conflict: %v", decision, w.history().Steps[0].Conflicts)
		}
	}
}

// Of several decisions all are taken or none.
func TestSettleAllOrNone(t *testing.T) {
	t.Parallel()
	w := disputed(t)
	err := w.settle(map[string]actions.Decision{confFile: actions.KeepTheirs, "/srv/app/other": actions.TakeOurs})
	var undecided *executor.DecisionError
	if !errors.As(err, &undecided) || undecided.Path != "/srv/app/other" || !cmp.Equal(undecided.Open, []string{confFile}) {
		t.Errorf("decided: %v", err)
	}
	if len(w.history().Steps[0].Settled) != 0 || w.read(confFile) != "mine\n" {
		t.Error("one of them was taken")
	}
	if err := w.settle(map[string]actions.Decision{confFile: actions.KeepTheirs}); err != nil {
		t.Fatal(err)
	}
	if err := w.settle(map[string]actions.Decision{confFile: actions.KeepTheirs}); err != nil {
		t.Errorf("the same decision again: %v", err)
	}
	if err := w.settle(map[string]actions.Decision{confFile: actions.TakeOurs}); err == nil || !strings.Contains(err.Error(), "not in conflict") {
		t.Errorf("another one: %v", err)
	}
}

// What stays beside a kept file goes when the run is finalized, and the kept
// file does not count as one that the run has changed.
func TestFinalizeKept(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := disputed(t)
	if err := w.settle(map[string]actions.Decision{confFile: actions.KeepTheirs}); err != nil {
		t.Fatal(err)
	}
	p := w.plan
	if outcome, err := w.engine().Rollback(ctx, p, w.history()); outcome != executor.RolledBack {
		t.Fatal(err)
	}
	if n, err := w.engine().Kept(ctx, p, w.history()); err != nil || n == 0 {
		t.Errorf("kept %d bytes: %v", n, err)
	}
	if both := executor.Overlap(p, w.history(), p, w.history()); len(both) != 0 {
		t.Errorf("it counts as changed: %v", both)
	}
	d, err := w.engine().Finalize(ctx, p, w.history())
	if err != nil || d.Backups != 1 || len(w.names(".quiesce-")) != 0 || w.read(confFile) != "mine\n" {
		t.Errorf("%+v: %v; left are %q", d, err, w.names(".quiesce-"))
	}
}
