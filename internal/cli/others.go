package cli

import (
	"fmt"
	"strings"

	"quiesce/executor"
	"quiesce/executor/journal"
	"quiesce/executor/runs"
	"quiesce/internal/report"
)

// open tells whether a run that stands so must be settled before another one
// may have its host.
func open(state string) bool {
	switch executor.Outcome(state) {
	case executor.Interrupted, executor.Incomplete, executor.Unfinished:
		return true
	}
	return false
}

// other is another run of the host, by its journal: plans are large.
type other struct {
	run     *runs.Run
	journal *journal.Journal // nil if it cannot be read
	err     error
}

// others are the other runs of the real host of w, the oldest first, and those
// of which nobody can tell. Simulated hosts have a world of their own for each
// run.
func (w *work) others() ([]other, error) {
	if w.on.memory != nil {
		return nil, nil
	}
	ids, err := w.store.List()
	if err != nil {
		return nil, err
	}
	var found []other
	for _, id := range ids {
		run, err := w.store.Find(id)
		if err != nil {
			return nil, err
		}
		if id == w.id || isSimulated(run) {
			continue
		}
		j, err := run.Read()
		if err != nil {
			found = append(found, other{run: run, err: err})
		} else if j.Run().Host == w.plan.Host.Name {
			found = append(found, other{run: run, journal: j})
		}
	}
	return found, nil
}

// unreadable says that an earlier run may have been left half done.
func unreadable(run *runs.Run, err error) error {
	return hinted(fmt.Errorf("run %s cannot be read, so nobody knows whether it was left half done; nothing was changed: %w", run.ID, err),
		fmt.Sprintf("if the host is fine as it is, move the run's folder %s away; a backup of it can be put back", run.Dir))
}

// settled refuses to begin a run while an earlier one of the host is open: what
// it left half done would be forgotten.
func (w *work) settled() error {
	others, err := w.others()
	if err != nil {
		return err
	}
	for _, r := range others {
		if r.err != nil {
			return unreadable(r.run, r.err)
		}
		state := string(executor.OutcomeOf(r.journal))
		if state == "" {
			state = report.Interrupted
		}
		id := r.run.ID
		if open(state) {
			return hinted(fmt.Errorf("run %s of this host is %s, and must be settled first; nothing was changed", id, state),
				fmt.Sprintf("quiesce status %s shows it; then quiesce resume %s, quiesce rollback %s, or quiesce close %s --reason TEXT if the host is fine as it is", id, id, id, id))
		}
		if state == string(executor.Stopped) {
			w.tell("warning: run %s of this host was stopped at a step that failed, and was neither resumed nor rolled back nor closed", id)
		}
	}
	return nil
}

// uncovered refuses to take back a run while a later one stands on the same
// files: its changes would be lost, and its own way back with them.
func (w *work) uncovered(r *record) error {
	others, err := w.others()
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.run.ID < w.id {
			continue
		}
		later, err := readRecord(o.run)
		if err != nil {
			return unreadable(o.run, err)
		}
		both := executor.Overlap(r.plan, r.history, later.plan, later.history)
		if len(both) == 0 {
			continue
		}
		const few = 3
		names := report.Visible(strings.Join(both[:min(few, len(both))], ", "))
		if rest := len(both) - few; rest > 0 {
			names += fmt.Sprintf(" and %d more", rest)
		}
		hint := "roll that back first: quiesce rollback " + later.run.ID
		if later.history.Finalizing {
			hint = "that one is finalized and cannot be taken back, so this one cannot either; quiesce finalize " + w.id + " drops its backups"
		}
		return hinted(fmt.Errorf("the later run %s changed the same files: %s; nothing was changed", later.run.ID, names), hint)
	}
	return nil
}

// unfinished lists the runs that nobody has settled, but for one.
func unfinished(store *runs.Store, but string) ([]report.Entry, error) {
	ids, err := store.List()
	if err != nil {
		return nil, err
	}
	var found []report.Entry
	for _, id := range ids {
		e := entryOf(store, id)
		if id != but && (open(e.State) || e.State == string(executor.Stopped)) {
			found = append(found, e)
		}
	}
	return found, nil
}
