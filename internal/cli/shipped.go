package cli

import (
	"errors"
	"sync"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
	"quiesce/executor/runs"
)

// shipped tells what earlier runs that succeeded have put at a path of the
// host. The state is read when it is first asked for. A run that cannot be
// read counts as one that put nothing there: what it brought is then taken for
// somebody else's, and left alone.
func (a *app) shipped(on *target) func(path string) []string {
	known := sync.OnceValue(func() map[string][]string {
		contents, err := a.contents(on)
		if err != nil {
			a.log.WithError(err).Warn("what earlier runs have put on the host is not known")
		}
		return contents
	})
	flavour := on.Facts.Flavour()
	return func(path string) []string { return known()[flavour.Key(path)] }
}

// contents reads the digests of what succeeded runs on the same host brought,
// by path.
func (a *app) contents(on *target) (map[string][]string, error) {
	store, err := a.kept()
	if errors.Is(err, runs.ErrNoRun) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids, err := store.List()
	if err != nil {
		return nil, err
	}
	contents := map[string][]string{}
	var failures error
	for _, id := range ids {
		p, err := succeeded(store, id, on)
		if err != nil {
			failures = errors.Join(failures, err)
			continue
		}
		if p == nil {
			continue
		}
		for _, s := range p.Steps {
			for _, c := range s.Changes {
				if (c.Kind == actions.FileCreate || c.Kind == actions.FileReplace) && c.New != nil && c.New.SHA256 != "" {
					key := on.Facts.Flavour().Key(c.Subject)
					contents[key] = append(contents[key], c.New.SHA256)
				}
			}
		}
	}
	return contents, failures
}

// succeeded returns the plan of a run on that host that ended well, else nil.
func succeeded(store *runs.Store, id string, on *target) (*plan.Plan, error) {
	run, err := store.Find(id)
	if err != nil {
		return nil, err
	}
	if isSimulated(run) != (on.memory != nil) {
		return nil, nil
	}
	j, err := run.Read()
	if err != nil {
		return nil, err
	}
	last := j.Records[len(j.Records)-1]
	if j.Run().Host != on.Facts.Name || last.Type != journal.End || last.Outcome != string(executor.Succeeded) {
		return nil, nil
	}
	return planOf(run)
}
