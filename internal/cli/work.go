package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/plan"
	"quiesce/executor/runs"
	"quiesce/internal/report"
)

// work is a command that changes a host: apply, resume or rollback.
type work struct {
	*app
	command string
	on      *target
	plan    *plan.Plan
	secrets map[string]string
	format  string
	store   *runs.Store
	id      string
	run     *runs.Run
	journal *runs.Journal
	before  *executor.History  // what was done before, of a run that goes on
	watch   *watch             // from carryOut on
	dropped *actions.Discarded // of finalize
	hint    string             // what to do about the failure, if its error does not tell
	kept    *int64             // of finalize that failed: the bytes that are still there, if known
}

// lock takes the host's lock for the run of that id.
func (w *work) lock(id string) (unlock func() error, err error) {
	w.id = id
	l, err := w.store.Lock(w.plan.Host.Name, runs.Holder{
		PID: os.Getpid(), User: userName(), Command: w.command, Run: id, Since: time.Now().UTC().Truncate(time.Second),
	})
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := l.Unlock(); err != nil {
			return fmt.Errorf("give back the host %s: %w", w.plan.Host.Name, err)
		}
		return nil
	}, nil
}

// executor makes the engine for the plan.
func (w *work) executor() (*executor.Executor, error) {
	registry, err := w.registry()
	if err != nil {
		return nil, err
	}
	state, err := w.recordsOn(w.on)
	if err != nil {
		return nil, err
	}
	return &executor.Executor{
		Host: w.on.Host, Sources: w.sources(), Actions: registry, Secrets: w.secrets, Run: w.id, State: state,
	}, nil
}

// verify compares the host with the plan.
func (w *work) verify(ctx context.Context) error {
	w.log.WithField("host", w.plan.Host.Name).Info("comparing the host with the plan")
	e, err := w.executor()
	if err != nil {
		return err
	}
	return e.Verify(ctx, w.plan)
}

// carryOut runs the engine, shows what happens, and tells how it ended.
func (w *work) carryOut(do func(*executor.Executor) (executor.Outcome, error)) error {
	e, err := w.executor()
	if err != nil {
		return errors.Join(err, w.journal.Close())
	}
	begun := time.Now()
	w.watch = w.newWatch()
	e.Journal, e.Observe = w.on.journal(w.run, w.journal), w.watch.observe
	e.Stop = w.interrupts.soften(func() {
		fmt.Fprintln(w.Err, "\nstopping after the change under way; press again to interrupt it")
	})
	if w.InTerminal {
		e.Confirm = w.gate
	}
	outcome, failure := do(e)
	w.interrupts.harden()
	told := errors.Join(w.on.save(w.run), w.journal.Close(), w.watch.close())
	return w.conclude(outcome, failure, told, time.Since(begun))
}

// gate asks a person in the middle of a run.
func (w *work) gate(ctx context.Context, message string) error {
	defer w.watch.suspend()()
	yes, err := w.ask(ctx, report.Visible(message)+" type yes to go on: ")
	if err != nil {
		return err
	}
	if !yes {
		return errors.New("the answer was not yes")
	}
	return nil
}

// conclude tells how the run ended. beside is what went wrong beside it.
func (w *work) conclude(outcome executor.Outcome, failure, beside error, took time.Duration) error {
	result, err := w.result(outcome, failure, took)
	beside = errors.Join(beside, err)
	var end error
	if failure != nil {
		end = &runError{outcome, failure, true}
	}
	if beside != nil {
		end = errors.Join(&runError{"", beside, true}, end)
		result.Errors = append(result.Errors, report.Flatten(w.app.secrets.text(beside.Error()))...)
	}
	result.Exit = int(exitOf(end))
	if err := w.tellEnd(result); err != nil {
		return errors.Join(&runError{"", fmt.Errorf("tell how run %s ended: %w", w.id, err), false}, end)
	}
	return end
}

// tellEnd shows what went wrong and the result.
func (w *work) tellEnd(r *report.Result) error {
	w.told = true
	if w.format == "json" {
		return w.watch.finish(r)
	}
	failed := report.WriteErrors(w.Err, w.errStyle(), w.plan, r.Errors, r.Hint)
	return errors.Join(failed, report.WriteResult(w.Out, w.outStyle(), r))
}

// result reads from the journal what stands now.
func (w *work) result(outcome executor.Outcome, failure error, took time.Duration) (*report.Result, error) {
	r := &report.Result{
		Run: w.id, Outcome: string(outcome), Planned: w.plan.Summary.Changes, Took: took,
		Errors: []string{}, Next: []report.Advice{}, Hint: w.hint,
	}
	if failure != nil {
		r.Errors = report.Flatten(w.app.secrets.text(failure.Error()))
	}
	if w.on.memory != nil {
		r.Simulated = w.run.HostFile()
	}
	if d := w.dropped; d != nil {
		r.Backups, r.Freed, r.Left, r.Kept = d.Backups, d.Bytes, d.Left, w.kept
		r.Missing = d.Missing
	}
	stands, err := readJournal(w.run, w.plan)
	if err != nil {
		return r, err
	}
	v := report.NewRun(stands.plan, stands.history, stands.journal.Records, nil)
	r.Made, r.Next = v.Made, v.AtOnce()
	if outcome != executor.Finalized {
		r.Settled = v.Settled // what is said to stay until then is gone now
	}
	return r, nil
}

// nothing says that there is nothing to carry out, and why.
func (w *work) nothing(outcome, why string) error {
	w.told = true
	if w.format == "json" {
		id := ""
		if w.run != nil { // else there is none, and there will be none
			id = w.run.ID
		}
		s := report.NewStream(w.Out, w.command, id, w.plan)
		return s.Close(&report.Result{Run: id, Outcome: outcome, Planned: w.plan.Summary.Changes, Errors: []string{}, Next: []report.Advice{}})
	}
	_, err := fmt.Fprintf(w.Out, "%s: %s\n", outcome, why)
	return err
}
