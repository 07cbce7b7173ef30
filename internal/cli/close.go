package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quiesce/executor"
	"quiesce/internal/report"
)

type closeOptions struct {
	run    string
	reason string
	yes    bool
	format string
}

func newClose(a *app) *cobra.Command {
	o := closeOptions{}
	cmd := &cobra.Command{
		Use:   "close RUN",
		Short: "Accept the host as a run has left it: somebody has looked",
		Long: `Accept the host as a run has left it: somebody has looked.

Nothing on the host is changed. A run that was interrupted, or that could not be
taken back, is settled by this, and other runs may have the host again.`,
		Args: exactly("a RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return a.inResult(o.format, "close", a.close(cmd.Context(), o))
		},
	}
	cmd.Flags().StringVar(&o.reason, "reason", "", "why the host is fine as it is; kept with the run")
	yesFlag(cmd, &o.yes)
	formatFlag(cmd, &o.format, "text", "json")
	return cmd
}

func (a *app) close(ctx context.Context, o closeOptions) (err error) {
	if strings.TrimSpace(o.reason) == "" {
		return usage("close wants a reason: --reason TEXT")
	}
	w, err := a.findWork(o.run, "close", o.format)
	if err != nil {
		return err
	}
	unlock, err := w.lock(w.run.ID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	r, err := readRecord(w.run)
	if err != nil {
		return err
	}
	switch r.history.Outcome {
	case executor.Succeeded, executor.RolledBack, executor.Closed:
		return w.nothing("nothing to do", fmt.Sprintf("run %s is settled: %s", w.id, r.history.Outcome))
	}
	if !o.yes {
		question := fmt.Sprintf("close run %s, %s, and accept %s as it is?", w.id, report.State(r.history, false), report.Visible(w.plan.Host.Name))
		if err := a.confirm(ctx, question); err != nil {
			return err
		}
	}
	if err := w.goOn(r); err != nil {
		return err
	}
	return w.settle(r, o.reason)
}

// settle writes that the run is closed.
func (w *work) settle(r *record, reason string) error {
	e, err := w.executor()
	if err != nil {
		return errors.Join(err, w.journal.Close())
	}
	begun := time.Now()
	w.watch = w.newWatch()
	e.Journal = w.on.journal(w.run, w.journal)
	failure := e.Close(w.plan, r.history, reason)
	outcome := executor.Closed
	if failure != nil {
		outcome = executor.Outcome(report.State(r.history, false))
	}
	return w.conclude(outcome, failure, errors.Join(w.journal.Close(), w.watch.close()), time.Since(begun))
}
