package file_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/actions/file"
	"quiesce/host/crash"
	"quiesce/internal/diag"
	"quiesce/runbooks"
)

// noon is the time of all that happens on a disk that can crash.
var noon = time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)

// wreck is what a crash has left: the disk, and the memo in the journal.
type wreck struct {
	disk *crash.Disk
	memo []byte
}

func (w wreck) copy() wreck { return wreck{w.disk.Copy(), w.memo} }

// key stands for all that recovery can see. Of the inodes of new files, only
// matters where they are: each attempt makes others.
func (w wreck) key() string {
	var b strings.Builder
	var memo struct {
		Dirs, Old, New map[string]json.RawMessage
	}
	all := w.disk.Show()
	if len(w.memo) > 0 {
		if err := json.Unmarshal(w.memo, &memo); err != nil {
			panic(err)
		}
	}
	at := map[string]string{}
	for name := range all {
		at[strconv.FormatUint(w.disk.Inode(name), 10)] = name
	}
	for name, numbers := range memo.New {
		memo.New[name] = json.RawMessage(strconv.Quote(at[strings.Split(string(numbers), ",")[1]]))
	}
	fmt.Fprintf(&b, "%s", memo)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "\n%s %s", name, all[name])
	}
	return b.String()
}

// job is something that the executor has the operator do with all changes.
type job struct {
	name string
	do   func(actions.Transactor, context.Context, *actions.Env, []actions.Change) error
	want map[string]string // what is there in the end
}

// wreckage is a plan on a disk that can crash, and what has become of it.
type wreckage struct {
	t              *testing.T
	shape          shape
	pack           *crash.Disk
	changes        []actions.Change
	start          wreck
	applying, undo job
	seen           map[string]bool
	failures       []error
}

// newWreckage plans to put a pack in place of what is in srv.
func newWreckage(t *testing.T, s shape, server, pack []crash.File, params map[string]any) *wreckage {
	t.Helper()
	w := &wreckage{
		t: t, shape: s, start: wreck{disk: crash.New(noon, server...)}, pack: crash.New(noon, pack...), seen: map[string]bool{},
		applying: job{name: "apply", do: actions.Transactor.ApplyAll},
		undo:     job{name: "undo", do: actions.Transactor.UndoAll},
	}
	all := map[string]any{"source": "/pack", "to": "/srv"}
	maps.Copy(all, params)
	a, err := file.Family().Verbs[0].New(actions.StepParams{Params: runbooks.Params{Values: all}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.Plan(t.Context(), w.env(w.start, s, &note{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Findings {
		if f.Severity == diag.Error {
			t.Fatalf("finding: %s: %s", f.Param, f.Message)
		}
	}
	w.changes = p.Changes
	w.undo.want = w.start.disk.Show()
	w.applying.want = w.applied().disk.Show()
	return w
}

func (w *wreckage) env(at wreck, s shape, memo actions.Memo) *actions.Env {
	h := at.disk.Host()
	h.Files = shapedFiles{h.Files, s}
	return &actions.Env{Host: h, Sources: w.pack, Memo: memo, Run: "20260101t000000-0001", Step: "apply"}
}

// applied is the end of an apply that nothing interrupts.
func (w *wreckage) applied() wreck {
	w.t.Helper()
	at := w.start.copy()
	if err := w.do(&at, w.applying); err != nil {
		w.t.Fatal(err)
	}
	return at
}

// do does a job on a wreck, which may crash meanwhile.
func (w *wreckage) do(at *wreck, j job) error {
	memo := &note{data: at.memo}
	s := w.shape
	s.job = j.name
	err := j.do(operator(), context.Background(), w.env(*at, s, memo), w.changes)
	at.memo = memo.data
	return err
}

// crash cuts the power at every operation of a job, and right after it, and
// calls visit with each wreck that was not seen before. A job that has ended
// well must be durable.
func (w *wreckage) crash(from wreck, j job, limit int, visit func(wreck)) {
	for n, crashed := 0, true; crashed; n++ {
		at := from.copy()
		at.disk.CrashAfter(n)
		err := w.do(&at, j)
		crashed = at.disk.Crashed()
		switch {
		case crashed && !errors.Is(err, crash.ErrPowerCut):
			w.fail(from, fmt.Errorf("%s says nothing of the power cut: %w", j.name, err))
		case !crashed && err != nil:
			w.fail(from, fmt.Errorf("%s: %w", j.name, err))
			return
		}
		for disk := range at.disk.Afterlives(limit, uint64(n)) {
			after := wreck{disk, at.memo}
			if !crashed {
				w.fail(after, w.differs(j.name+" has ended, and after a power cut", disk, j.want))
			}
			if key := after.key(); !w.seen[key] {
				w.seen[key] = true
				visit(after)
			}
		}
	}
}

// sweep cuts the power in apply, and in undo of what was applied.
func (w *wreckage) sweep(limit int, visit func(wreck)) {
	visit(w.start)
	w.crash(w.start, w.applying, limit, visit)
	w.crash(w.applied(), w.undo, limit, visit)
}

// check notes what is wrong with a wreck: an old file is nowhere, or there is
// no way back to all that was, or on to all that is to be.
func (w *wreckage) check(at wreck) {
	all := slices.Collect(maps.Values(at.disk.Show()))
	for name, line := range w.undo.want {
		if !strings.HasPrefix(line, "d") && !slices.Contains(all, line) {
			w.fail(at, fmt.Errorf("the old %s is lost", name))
		}
	}
	w.fail(at, w.ends(at.copy(), w.undo))
	w.fail(at, w.ends(at.copy(), w.applying))
}

func (w *wreckage) fail(at wreck, err error) {
	if err != nil {
		w.failures = append(w.failures, fmt.Errorf("%w\n%s", err, at.disk.Story()))
	}
}

// ends does a job twice, and wants its end both times.
func (w *wreckage) ends(at wreck, j job) error {
	for _, time := range []string{"", " again"} {
		if err := w.do(&at, j); err != nil {
			return fmt.Errorf("%s%s: %w", j.name, time, err)
		}
		if err := w.differs(j.name+time, at.disk, j.want); err != nil {
			return err
		}
	}
	return nil
}

// differs compares what is there with what is wanted. No plan says what time a
// directory gets by what is changed in it: it may also still be, or again, the
// old one.
func (w *wreckage) differs(when string, disk *crash.Disk, want map[string]string) error {
	got := disk.Show()
	for name, line := range got {
		if strings.HasPrefix(line, "d") && line == w.undo.want[name] && want[name] != "" {
			got[name] = want[name]
		}
	}
	if maps.Equal(want, got) {
		return nil
	}
	return fmt.Errorf("%s:\n%s", when, cmp.Diff(want, got))
}

// report fails the test with the first failures.
func (w *wreckage) report() {
	w.t.Helper()
	for _, err := range w.failures[:min(3, len(w.failures))] {
		w.t.Error(err)
	}
	w.t.Logf("%d states, %d failures", len(w.seen), len(w.failures))
}
