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

// TestStop: a request to stop is followed between two changes, and the run can
// be resumed or taken back.
func TestStop(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]func(*testing.T, *world, *plan.Plan, *record){
		"then resume": func(t *testing.T, w *world, p *plan.Plan, r *record) {
			if outcome, err := w.executor(r).Resume(context.Background(), p, w.history(p, r)); outcome != executor.Succeeded {
				t.Errorf("%s: %v", outcome, err)
			}
		},
		"then rollback": func(t *testing.T, w *world, p *plan.Plan, r *record) {
			if outcome, err := w.executor(r).Rollback(context.Background(), p, w.history(p, r)); outcome != executor.RolledBack {
				t.Errorf("%s: %v", outcome, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, server)
			p := w.plan(everything)
			r := begin(t, p)
			e := w.executor(r)
			stop := make(chan struct{})
			e.Stop = stop
			e.Observe = func(ev executor.Event) {
				if ev.Type == executor.ChangeApplied && ev.Step == "stop" && ev.Done == 2 {
					close(stop)
				}
			}
			outcome, err := e.Apply(context.Background(), p)
			if outcome != executor.Interrupted || err == nil || !strings.Contains(err.Error(), "stopped on request") {
				t.Fatalf("%s: %v", outcome, err)
			}
			h := w.history(p, r)
			if h.Outcome != "" || !strings.HasPrefix(states(h), "watch: applied, quiet: applied, stop: started, drain: pending") || h.Steps[2].Applied != 2 {
				t.Errorf("%q %s", h.Outcome, states(h))
			}
			after(t, w, p, r)
		})
	}
}

// TestCrash cuts the run off at every record of the journal, as a process that
// dies there would be, and then goes on or back; both also die at every record
// in their turn.
func TestCrash(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reference := newWorld(t, server)
	before := reference.describe()
	p := reference.plan(everything)
	if outcome, err := reference.executor(begin(t, p)).Apply(ctx, p); outcome != executor.Succeeded {
		t.Fatal(err)
	}
	after := reference.describe()
	points := 0
	for n := 0; ; n++ {
		crashed := false
		for _, way := range []string{"resume", "rollback"} {
			for again := -1; again < 6; again++ {
				w := newWorld(t, server)
				w.pack = reference.pack
				r := begin(t, p)
				outcome := w.until(r, n, func(ctx context.Context) (executor.Outcome, error) { return w.executor(r).Apply(ctx, p) })
				if outcome == executor.Succeeded {
					break
				}
				crashed = true
				points++
				if again >= 0 {
					w.until(r, again, func(ctx context.Context) (executor.Outcome, error) { return w.recover(ctx, way, p, r) })
				}
				outcome, err := w.recover(ctx, way, p, r)
				want, state := executor.Succeeded, after
				asked := way == "resume" && outcome == executor.Interrupted
				if asked { // a command that was not seen to end
					var conflict *actions.ConflictError
					if !errors.As(err, &conflict) || conflict.Kind != actions.CommandRun {
						t.Fatalf("cut off at record %d, resume (cut off at %d): %v", n, again, err)
					}
					outcome, err = w.recover(ctx, "rollback", p, r)
				}
				if way == "rollback" || asked {
					want, state = executor.RolledBack, before
				}
				if outcome != want {
					t.Fatalf("cut off at record %d, %s (cut off at %d): %s: %v\n%s", n, way, again, outcome, err, r.buf.String())
				}
				if diff := cmp.Diff(lasting(state), lasting(w.describe())); diff != "" {
					t.Fatalf("cut off at record %d, %s (cut off at %d):\n%s", n, way, again, diff)
				}
			}
		}
		if !crashed {
			break
		}
	}
	t.Logf("%d ways to crash, all recovered", points)
	if points < 100 {
		t.Errorf("only %d ways to crash", points)
	}
}

// until lets a journal take n more records and then cuts the run off.
func (w *world) until(r *record, n int, run func(context.Context) (executor.Outcome, error)) executor.Outcome {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r.left, r.cut = n, cancel
	outcome, _ := run(ctx) // the caller looks at what is left
	r.left = -1
	return outcome
}

func (w *world) recover(ctx context.Context, way string, p *plan.Plan, r *record) (executor.Outcome, error) {
	h := w.history(p, r)
	if way == "rollback" || h.RollingBack {
		return w.executor(r).Rollback(ctx, p, h)
	}
	return w.executor(r).Resume(ctx, p, h)
}
