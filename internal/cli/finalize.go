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

type finalizeOptions struct {
	run       string
	olderThan string
	yes       bool
	format    string
}

func newFinalize(a *app) *cobra.Command {
	o := finalizeOptions{}
	cmd := &cobra.Command{
		Use:   "finalize RUN",
		Short: "Drop the backups of a run that has ended; after that nothing takes it back",
		Long: `Drop the backups of a run that has ended; after that nothing takes it back.

A backup is removed only if it is the old file, by its content and by what the
file system knows it by. What somebody has changed meanwhile stays, and is named.`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.run = args[0]
			}
			return a.inResult(o.format, "finalize", a.finalize(cmd.Context(), o))
		},
	}
	cmd.Flags().StringVar(&o.olderThan, "older-than", "", "all runs that have ended before that, instead of one: 30d, 36h")
	yesFlag(cmd, &o.yes)
	formatFlag(cmd, &o.format, "text", "json")
	return cmd
}

func (a *app) finalize(ctx context.Context, o finalizeOptions) error {
	switch {
	case o.run == "" && o.olderThan == "":
		return usage("finalize wants a RUN, or --older-than 30d")
	case o.run != "" && o.olderThan != "":
		return usage("finalize wants either a RUN or --older-than")
	case o.run != "":
		return a.finalizeOne(ctx, o)
	}
	return a.finalizeOld(ctx, o)
}

// finalizeOne drops the backups of one run.
func (a *app) finalizeOne(ctx context.Context, o finalizeOptions) (err error) {
	w, err := a.findWork(o.run, "finalize", o.format)
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
	switch {
	case r.history.Finalized:
		return w.nothing("nothing to do", "run "+w.id+" is finalized already")
	case r.history.Outcome == executor.RolledBack && !r.history.Kept():
		return w.nothing("nothing to do", "run "+w.id+" was rolled back, and has left no backups")
	case !ended(r.history.Outcome):
		return hinted(fmt.Errorf("run %s is %s: its backups are needed; nothing was changed", w.id, report.State(r.history, false)),
			fmt.Sprintf("first settle it: quiesce resume %s, quiesce rollback %s, or quiesce close %s --reason TEXT if the host is fine as it is", w.id, w.id, w.id))
	}
	if !o.yes {
		bytes, err := a.backupsOf(ctx, r)
		if err != nil {
			return err
		}
		question := fmt.Sprintf("drop the backups of run %s on %s, %s? It cannot be taken back after that.", w.id, report.Visible(w.plan.Host.Name), report.Bytes(bytes))
		if err := a.confirm(ctx, question); err != nil {
			return err
		}
	}
	if err := w.goOn(r); err != nil {
		return err
	}
	return w.drop(ctx, r)
}

// drop removes the backups and tells what came of it.
func (w *work) drop(ctx context.Context, r *record) error {
	e, err := w.executor()
	if err != nil {
		return errors.Join(err, w.journal.Close())
	}
	begun := time.Now()
	w.watch = w.newWatch()
	e.Journal = w.on.journal(w.run, w.journal)
	dropped, failure := e.Finalize(ctx, w.plan, r.history)
	w.dropped = &dropped
	outcome := executor.Finalized
	unseen := (*executor.UnseenError)(nil)
	if errors.As(failure, &unseen) {
		w.hint = "nothing was dropped; is the disk mounted? Put the files back in their place and repeat this. If they are gone for good, remove the run's folder " + w.run.Dir
	}
	switch {
	case unseen != nil && !r.history.Finalizing:
		outcome = executor.Interrupted // and the way back is open
	case failure != nil:
		outcome = report.PartlyFinalized
		// What is left is told even if somebody has interrupted the command.
		if kept, err := e.Kept(context.WithoutCancel(ctx), w.plan, r.history); err == nil {
			w.kept = &kept
		}
	}
	beside := errors.Join(w.on.save(w.run), w.journal.Close(), w.watch.close())
	if w.format != "json" {
		for _, text := range dropped.Left {
			fmt.Fprintln(w.Err, "left: "+report.Visible(text))
		}
		if n := dropped.Missing; n == 1 {
			fmt.Fprintln(w.Err, "missing: 1 backup is not there any more")
		} else if n > 1 {
			fmt.Fprintf(w.Err, "missing: %d backups are not there any more\n", n)
		}
	}
	return w.conclude(outcome, failure, beside, time.Since(begun))
}

// finalizeOld drops the backups of all runs that have ended long ago. It goes
// on with the others if one cannot be finalized.
func (a *app) finalizeOld(ctx context.Context, o finalizeOptions) error {
	age, err := ageOf(o.olderThan)
	if err != nil {
		return err
	}
	ids, bytes, err := a.endedBefore(ctx, time.Now().Add(-age))
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return a.nothingOld(o)
	}
	if !o.yes {
		question := fmt.Sprintf("drop the backups of %d runs, %s? They cannot be taken back after that.", len(ids), report.Bytes(bytes))
		if err := a.confirm(ctx, question); err != nil {
			return err
		}
	}
	o.yes = true
	var failures error
	for _, id := range ids {
		o.run = id
		failures = errors.Join(failures, a.finalizeOne(ctx, o))
	}
	return failures
}

func (a *app) nothingOld(o finalizeOptions) error {
	a.told = true
	if o.format == "json" {
		return report.WriteRefusal(a.Out, &report.Result{Command: "finalize", Outcome: "nothing to do", Errors: []string{}, Next: []report.Advice{}})
	}
	_, err := fmt.Fprintf(a.Out, "nothing to do: no run that ended more than %s ago has backups\n", o.olderThan)
	return err
}

// endedBefore returns the runs that ended well or were closed before a time
// and still have backups, and what these take. Runs of other hosts, and those
// that cannot be read, are left out and told.
func (a *app) endedBefore(ctx context.Context, limit time.Time) (ids []string, total int64, err error) {
	h, err := a.allRuns(ctx)
	if err != nil {
		return nil, 0, err
	}
	for _, e := range h.Runs {
		switch {
		case e.Error != "":
			a.tell("warning: run %s cannot be read and is left out: %s", e.ID, report.Visible(e.Error))
		case !ended(executor.Outcome(e.State)), e.Ended.After(limit):
		case e.Unmeasured != "":
			a.tell("warning: run %s is left out: %s", e.ID, report.Visible(e.Unmeasured))
		case e.Backups != nil && (*e.Backups > 0 || e.Finalized != ""):
			ids = append(ids, e.ID)
			total += *e.Backups
		}
	}
	return ids, total, nil
}

// ended tells whether nothing needs the backups of a run any more but a person
// who wants to take it back.
func ended(outcome executor.Outcome) bool {
	return outcome == executor.Succeeded || outcome == executor.Closed || outcome == executor.RolledBack
}

// finalized says that a run cannot be taken back any more.
func finalized(id string) error {
	return hinted(fmt.Errorf("run %s is finalized: its backups are gone, so it cannot be taken back; nothing was changed", id),
		"plan a runbook that puts the earlier files in place, and apply that")
}
