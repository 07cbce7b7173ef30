package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"quiesce/executor"
	"quiesce/internal/report"
)

type resumeOptions struct {
	run    string
	inputs inputOptions
	format string
	decisions
}

func newResume(a *app) *cobra.Command {
	o := resumeOptions{}
	cmd := &cobra.Command{
		Use:   "resume RUN",
		Short: "Go on with a run that was interrupted",
		Args:  exactly("a RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return a.inResult(o.format, "resume", a.resume(cmd.Context(), o))
		},
	}
	o.inputs.flags(cmd)
	o.decisions.flags(cmd, "the new file (or the old one, if the run was being taken back)")
	formatFlag(cmd, &o.format, "text", "json")
	return cmd
}

func (a *app) resume(ctx context.Context, o resumeOptions) (err error) {
	w, unlock, err := a.takeUp(o.run, "resume", o.inputs, o.format)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	r, err := readRecord(w.run)
	if err != nil {
		return err
	}
	switch {
	case r.history.Outcome == executor.Succeeded:
		return w.nothing("nothing to do", "run "+w.id+" has succeeded already")
	case r.history.Outcome == executor.Closed:
		return hinted(fmt.Errorf("run %s is closed, so there is nothing to go on with", w.id),
			"plan again and apply that: "+report.Visible(w.plan.Runbook.Name))
	case r.history.Outcome == executor.RolledBack:
		return hinted(fmt.Errorf("run %s was rolled back, so there is nothing to go on with", w.id),
			"plan again and apply that: "+report.Visible(w.plan.Runbook.Name))
	}
	if !r.history.RollingBack {
		if err := a.answerable(w.plan, r.history); err != nil {
			return err
		}
		if err := w.fits(ctx, r); err != nil {
			return err
		}
	}
	if err := w.goOn(r); err != nil {
		return err
	}
	if err := w.decide(ctx, r, o.decisions, r.history.RollingBack); err != nil {
		return err
	}
	return w.carryOut(func(e *executor.Executor) (executor.Outcome, error) { return e.Resume(ctx, w.plan, r.history) })
}
