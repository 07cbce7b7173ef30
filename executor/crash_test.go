package executor_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"quiesce/actions"
	"quiesce/executor"
)

// TestEveryCrash ends the process before each operation, with the power or
// without, and goes on or back from what is left.
func TestEveryCrash(t *testing.T) {
	t.Parallel()
	for name, trees := range map[string]treeKind{"rich": richTrees, "plain": plainTrees} {
		d := newDrill(t, drillServer, drillPack, allActions, trees)
		for _, forgets := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, power cut %v", name, forgets), func(t *testing.T) {
				t.Parallel()
				asked := 0
				for n := 1; ; n += sample(1) {
					back, on := d.anew(t), d.anew(t)
					back.begin(t)
					on.begin(t)
					if !back.crash(t, n, forgets, d.apply) || !on.crash(t, n, forgets, d.apply) {
						t.Logf("%d crashes; %d times a person was asked", n-1, asked)
						break
					}
					if err := back.back(t); err != nil {
						t.Errorf("crash %d: %v", n, err)
					}
					back.mustBeRestored(t, fmt.Sprintf("crash %d, rolled back", n))
					if on.goesOn(t, n) {
						asked++
					}
				}
			})
		}
	}
}

func (d *drill) apply(e *executor.Executor) (executor.Outcome, error) {
	return e.Apply(context.Background(), d.plan)
}

// goesOn resumes a run that was ended before its n-th operation. A command
// that was not seen to end asks a person, who takes the run back.
func (a *attempt) goesOn(t *testing.T, n int) (asked bool) {
	t.Helper()
	outcome, err := a.on(t, nil).Resume(t.Context(), a.plan, a.history(t))
	var conflict *actions.ConflictError
	switch {
	case outcome == executor.Succeeded:
		a.mustBeApplied(t, fmt.Sprintf("crash %d, resumed", n))
	case outcome == executor.Interrupted && errors.As(err, &conflict) && conflict.Kind == actions.CommandRun:
		asked = true
	default:
		t.Errorf("crash %d, resumed: %s: %v", n, outcome, err)
	}
	if err := a.back(t); err != nil {
		t.Errorf("crash %d, resumed, then %v", n, err)
	}
	a.mustBeRestored(t, fmt.Sprintf("crash %d, resumed and rolled back", n))
	return asked
}

// TestEveryFailureOfTheJournal lets each write and each sync of the journal
// fail, a write short as well. What it then holds, or what of it a power cut
// leaves, is enough to go back.
func TestEveryFailureOfTheJournal(t *testing.T) {
	t.Parallel()
	d := newDrill(t, drillServer, drillPack, allActions, richTrees)
	for _, short := range []bool{false, true} {
		for _, forgets := range []bool{false, true} {
			t.Run(fmt.Sprintf("short write %v, power cut %v", short, forgets), func(t *testing.T) {
				t.Parallel()
				n := 1
				for ; d.anew(t).failsJournal(t, n, short, forgets); n += sample(1) {
				}
				t.Logf("%d failures of the journal", n-1)
			})
		}
	}
}

// failsJournal applies the plan while the n-th call on the journal's file
// fails, and rolls back later. It tells whether there was such a call.
func (a *attempt) failsJournal(t *testing.T, n int, short, forgets bool) bool {
	t.Helper()
	a.begin(t)
	cause := syscall.EIO
	a.ledger.calls, a.ledger.fails, a.ledger.err, a.ledger.short = 0, n, cause, short
	outcome, err := a.on(t, nil).Apply(t.Context(), a.plan)
	if a.ledger.calls < n {
		return false
	}
	if outcome == executor.Succeeded || outcome == executor.RolledBack || !errors.Is(err, cause) {
		t.Errorf("failure %d of the journal: %s: %v", n, outcome, err)
	}
	a.ledger.fails = 0
	if forgets {
		a.ledger.forget()
	}
	if err := a.back(t); err != nil {
		t.Errorf("failure %d of the journal, %s: %v", n, outcome, err)
	}
	a.mustBeRestored(t, fmt.Sprintf("failure %d of the journal, %s, rolled back", n, outcome))
	return true
}
