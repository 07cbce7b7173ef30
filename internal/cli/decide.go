package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/internal/report"
)

// decisions are what a person has decided on conflicts, by path.
type decisions struct {
	theirs, ours []string
}

// flags adds --keep-theirs and --take-ours, which can be repeated.
func (d *decisions) flags(cmd *cobra.Command, ours string) {
	cmd.Flags().StringArrayVar(&d.theirs, "keep-theirs", nil, "of a conflict at `PATH`: what somebody else put there stays; can be repeated")
	cmd.Flags().StringArrayVar(&d.ours, "take-ours", nil, "of a conflict at `PATH`: that goes aside, and "+ours+" takes its place; can be repeated")
}

// byPath returns the decisions, of which there is one a path.
func (d *decisions) byPath() (map[string]actions.Decision, error) {
	by := map[string]actions.Decision{}
	for _, path := range d.theirs {
		by[path] = actions.KeepTheirs
	}
	for _, path := range d.ours {
		if by[path] == actions.KeepTheirs {
			return nil, usage("%s is in --keep-theirs and in --take-ours", path)
		}
		by[path] = actions.TakeOurs
	}
	return by, nil
}

// decide writes the decisions into the journal, which is open. If one cannot be
// taken the journal is closed, and nothing was changed.
func (w *work) decide(ctx context.Context, r *record, d decisions, back bool) error {
	by, err := d.byPath()
	if err == nil && len(by) > 0 {
		var e *executor.Executor
		if e, err = w.executor(); err == nil {
			e.Journal = w.on.journal(w.run, w.journal)
			err = e.Settle(ctx, w.plan, r.history, back, by)
		}
	}
	if err == nil {
		return nil
	}
	var undecided *executor.DecisionError
	if errors.As(err, &undecided) {
		err = hinted(fmt.Errorf("%w; nothing was changed", err), hintOn(undecided))
	}
	return errors.Join(err, w.journal.Close())
}

// hintOn says what a decision can be taken on.
func hintOn(e *executor.DecisionError) string {
	if len(e.Open) == 0 {
		return "quiesce status shows what is in conflict"
	}
	const few = 5
	names := strings.Join(e.Open[:min(few, len(e.Open))], ", ")
	if rest := len(e.Open) - few; rest > 0 {
		names += fmt.Sprintf(" and %d more", rest)
	}
	return "in conflict are: " + report.Visible(names)
}
