package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"quiesce/executor"
	"quiesce/internal/report"
)

type rollbackOptions struct {
	run    string
	inputs inputOptions
	yes    bool
	format string
	decisions
}

func newRollback(a *app) *cobra.Command {
	o := rollbackOptions{}
	cmd := &cobra.Command{
		Use:   "rollback RUN",
		Short: "Take back what a run has done",
		Args:  exactly("a RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return a.inResult(o.format, "rollback", a.rollback(cmd.Context(), o))
		},
	}
	o.inputs.flags(cmd)
	o.decisions.flags(cmd, "the old file")
	yesFlag(cmd, &o.yes)
	formatFlag(cmd, &o.format, "text", "json")
	return cmd
}

func (a *app) rollback(ctx context.Context, o rollbackOptions) (err error) {
	w, unlock, err := a.takeUp(o.run, "rollback", o.inputs, o.format)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	r, err := readRecord(w.run)
	if err != nil {
		return err
	}
	if r.history.Finalizing {
		return finalized(w.id)
	}
	if r.history.Outcome == executor.RolledBack {
		return w.nothing("nothing to do", "run "+w.id+" was rolled back already")
	}
	if err := w.uncovered(r); err != nil {
		return err
	}
	if !o.yes {
		made := report.NewRun(r.plan, r.history, r.journal.Records, nil).Made
		question := fmt.Sprintf("take back run %s on %s, %d of its changes made?", w.id, report.Visible(w.plan.Host.Name), made)
		if err := a.confirm(ctx, question); err != nil {
			return err
		}
	}
	if err := w.goOn(r); err != nil {
		return err
	}
	if err := w.decide(ctx, r, o.decisions, true); err != nil {
		return err
	}
	return w.carryOut(func(e *executor.Executor) (executor.Outcome, error) { return e.Rollback(ctx, w.plan, r.history) })
}

// takeUp prepares to go on with a run, forward or back, and takes the host.
func (a *app) takeUp(ref, command string, inputs inputOptions, format string) (*work, func() error, error) {
	w, err := a.findWork(ref, command, format)
	if err != nil {
		return nil, nil, err
	}
	if w.secrets, err = a.secretsOf(w.plan, inputs); err != nil {
		return nil, nil, err
	}
	unlock, err := w.lock(w.run.ID)
	return w, unlock, err
}

// findWork finds a run and the host that it belongs to.
func (a *app) findWork(ref, command, format string) (*work, error) {
	store, err := a.kept()
	if err != nil {
		return nil, err
	}
	run, err := store.Find(ref)
	if err != nil {
		return nil, err
	}
	p, err := planOf(run)
	if err != nil {
		return nil, err
	}
	on, err := a.openHost(hostOf(run))
	if err != nil {
		return nil, err
	}
	if err := on.checkHost(p); err != nil {
		return nil, err
	}
	return &work{app: a, command: command, on: on, plan: p, format: format, store: store, run: run}, nil
}

// goOn opens the journal of the run behind its last record.
func (w *work) goOn(r *record) error {
	j, err := w.run.Continue(r.journal, !w.on.Traits.Volatile, time.Now)
	if err != nil {
		return err
	}
	w.journal, w.before = j, r.history
	return nil
}
