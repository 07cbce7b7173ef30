package cli

import (
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
		RunE:  func(*cobra.Command, []string) error { return a.history(format) },
	}
	formatFlag(cmd, &format, "text", "json", "markdown")
	return cmd
}

func (a *app) history(format string) error {
	h, err := a.allRuns()
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

func (a *app) allRuns() (*report.History, error) {
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
		h.Runs = append(h.Runs, entryOf(store, id))
	}
	return h, nil
}

// entryOf is one run of the list; one that cannot be read says why.
func entryOf(store *runs.Store, id string) report.Entry {
	v, err := viewOf(store, id)
	if err != nil {
		return report.Entry{ID: id, Error: err.Error()}
	}
	reason := ""
	if v.State == string(executor.Closed) {
		reason = v.Reason
	}
	return report.Entry{
		Reason: reason,
		ID:     id, Runbook: v.Runbook, Host: v.Host, State: v.State, Started: v.Started, Ended: v.Ended,
		Made: v.Made, Planned: v.Planned, Simulated: v.Simulated != "",
	}
}

func viewOf(store *runs.Store, id string) (*report.Run, error) {
	run, err := store.Find(id)
	if err != nil {
		return nil, err
	}
	r, err := readRecord(run)
	if err != nil {
		return nil, err
	}
	return r.view(store)
}
