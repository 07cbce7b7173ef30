package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"quiesce/executor"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
	"quiesce/executor/runs"
	"quiesce/internal/report"
)

// record is a run as it stands on disk.
type record struct {
	run     *runs.Run
	plan    *plan.Plan
	journal *journal.Journal
	history *executor.History
}

// planOf reads the plan of a run.
func planOf(run *runs.Run) (p *plan.Plan, err error) {
	f, err := run.Plan()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, damaged(run, fmt.Errorf("the folder of run %s is damaged, so the run can neither go on nor back: its plan.json is missing", run.ID), "plan.json")
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if p, err = plan.Read(f); err != nil {
		if errors.Is(err, plan.ErrDigest) { // its advice is not for a run
			err = errors.New("it was changed after it was made")
		}
		return nil, damaged(run, fmt.Errorf("the plan of run %s is damaged, so the run can neither go on nor back: %w", run.ID, err), "plan.json")
	}
	return p, nil
}

// damaged says what to do about a file of a run's folder that is of no use.
func damaged(run *runs.Run, err error, file string) error {
	rest := "journal.jsonl there names each change"
	if file != "plan.json" {
		rest = "plan.json there names each change"
	}
	return hinted(err, fmt.Sprintf("the run is kept in %s: put its %s back if you have a copy; %s, and the old files lie beside the new ones, named .NAME.quiesce-%s-…",
		run.Dir, file, rest, run.ID))
}

// readRecord reads the plan and the journal of a run.
func readRecord(run *runs.Run) (*record, error) {
	p, err := planOf(run)
	if err != nil {
		return nil, err
	}
	return readJournal(run, p)
}

// readJournal reads the journal of a run whose plan is known.
func readJournal(run *runs.Run, p *plan.Plan) (*record, error) {
	j, err := run.Read()
	var corrupt *journal.CorruptError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("the folder of run %s is damaged, so the run can neither go on nor back: its journal.jsonl is missing", run.ID)
		return nil, damaged(run, err, "journal.jsonl")
	case errors.As(err, &corrupt):
		return nil, damaged(run, err, "journal.jsonl")
	case err != nil:
		return nil, err
	}
	h, err := executor.NewHistory(p, j)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", run.ID, err)
	}
	return &record{run, p, j, h}, nil
}

// isSimulated tells whether a run is on a simulated host: it is kept beside it.
func isSimulated(run *runs.Run) bool {
	_, err := os.Lstat(run.HostFile())
	return err == nil
}

// hostOf names the host of a run, as --host does.
func hostOf(run *runs.Run) string {
	if isSimulated(run) {
		return run.HostFile()
	}
	return localHost
}

// view is how the run stands, and whether a process works on it.
func (r *record) view(store *runs.Store) (*report.Run, error) {
	holder, held, err := store.Holder(r.plan.Host.Name)
	if err != nil {
		return nil, err
	}
	var live *runs.Holder
	if held && holder.Run == r.run.ID {
		live = &holder
	}
	v := report.NewRun(r.plan, r.history, r.journal.Records, live)
	if isSimulated(r.run) {
		v.Simulated = r.run.HostFile()
	}
	return v, nil
}

// find returns the plan of a run, and how the run stands.
func (a *app) find(ref string) (*plan.Plan, *report.Run, error) {
	store, err := a.kept()
	if err != nil {
		return nil, nil, err
	}
	run, err := store.Find(ref)
	if err != nil {
		return nil, nil, err
	}
	r, err := readRecord(run)
	if err != nil {
		return nil, nil, err
	}
	v, err := r.view(store)
	return r.plan, v, err
}
