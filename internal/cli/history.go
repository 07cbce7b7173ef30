package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"quiesce/executor"
	"quiesce/executor/runs"
	"quiesce/internal/report"
)

func newHistory(a *app) *cobra.Command {
	format := ""
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List the runs, the oldest first",
		Args:  exactlyNone,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.history(cmd.Context(), format) },
	}
	formatFlag(cmd, &format, "text", "json", "markdown")
	return cmd
}

func (a *app) history(ctx context.Context, format string) error {
	h, err := a.allRuns(ctx)
	switch {
	case err != nil:
		return err
	case format == "json":
		return report.WriteJSON(a.Out, h)
	case len(h.Runs) == 0:
		a.tell("nothing was run yet")
		return nil
	case format == "markdown":
		return report.WriteHistoryMarkdown(a.Out, h)
	}
	return report.WriteHistory(a.Out, a.outStyle(), h)
}

func (a *app) allRuns(ctx context.Context) (*report.History, error) {
	h := &report.History{Format: report.HistoryFormat, Runs: []report.Entry{}}
	store, err := a.kept()
	if errors.Is(err, runs.ErrNoRun) {
		return h, nil
	}
	if err != nil {
		return nil, err
	}
	ids, err := store.List()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		e, r := lookUp(store, id)
		if r != nil {
			a.measure(ctx, &e, r)
		}
		h.Runs = append(h.Runs, e)
	}
	return h, nil
}

// entryOf is one run of the list; one that cannot be read says why.
func entryOf(store *runs.Store, id string) report.Entry {
	e, _ := lookUp(store, id)
	return e
}

// lookUp is entryOf, with the run as it stands on disk, or nil.
func lookUp(store *runs.Store, id string) (report.Entry, *record) {
	r, v, err := viewOf(store, id)
	if err != nil {
		return report.Entry{ID: id, Error: err.Error()}, nil
	}
	reason := ""
	if v.State == string(executor.Closed) {
		reason = v.Reason
	}
	return report.Entry{
		Reason: reason,
		ID:     id, Runbook: v.Runbook, Host: v.Host, State: v.State, Started: v.Started, Ended: v.Ended,
		Made: v.Made, Planned: v.Planned, Simulated: v.Simulated != "", Finalized: v.Finalized,
	}, r
}

func viewOf(store *runs.Store, id string) (*record, *report.Run, error) {
	run, err := store.Find(id)
	if err != nil {
		return nil, nil, err
	}
	r, err := readRecord(run)
	if err != nil {
		return nil, nil, err
	}
	v, err := r.view(store)
	return r, v, err
}

// measure adds to an entry what the backups of the run take.
func (a *app) measure(ctx context.Context, e *report.Entry, r *record) {
	if r.history.Outcome == executor.RolledBack && !r.history.Kept() || r.history.Finalized {
		return
	}
	bytes, err := a.backupsOf(ctx, r)
	if err != nil {
		e.Unmeasured = report.FlatText(err.Error())
		return
	}
	e.Backups = &bytes
}

// backupsOf returns how much of its host's disk the backups of a run take.
func (a *app) backupsOf(ctx context.Context, r *record) (int64, error) {
	on, err := a.openHost(hostOf(r.run))
	if err != nil {
		return 0, err
	}
	if err := on.checkHost(r.plan); err != nil {
		return 0, err
	}
	registry, err := a.registry()
	if err != nil {
		return 0, err
	}
	e := &executor.Executor{Host: on.Host, Sources: a.sources(), Actions: registry, Run: r.run.ID}
	return e.Kept(ctx, r.plan, r.history)
}
