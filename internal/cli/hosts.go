package cli

import (
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"quiesce/executor/journal"
	"quiesce/executor/plan"
	"quiesce/executor/runs"
	"quiesce/host"
	"quiesce/host/local"
	"quiesce/host/memory"

	"quiesce/executor"
)

// localHost is what --host says of the machine itself.
const localHost = "local"

func hostFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "host", localHost, "the machine itself, or a `FILE` that describes a simulated one")
}

// target is the host of a command.
type target struct {
	host.Host
	memory *memory.Memory // nil of a real one
}

// openHost opens the machine itself, or a simulated host from its file.
func (a *app) openHost(name string) (*target, error) {
	if name == localHost {
		return &target{Host: local.New(a.knownFiles())}, nil
	}
	described, err := memory.Load(name)
	if err != nil {
		return nil, fmt.Errorf("read the simulated host %s: %w", name, err)
	}
	simulated, err := memory.New(described)
	if err != nil {
		return nil, fmt.Errorf("make the simulated host %s: %w", name, err)
	}
	return &target{simulated.Host(), simulated}, nil
}

// sources are where packs are read.
func (a *app) sources() host.Files { return local.New(a.knownFiles()).Files }

// save keeps a simulated host in the folder of its run.
func (t *target) save(run *runs.Run) error {
	if t.memory == nil {
		return nil
	}
	data, err := t.memory.Describe().Marshal()
	if err != nil {
		return fmt.Errorf("keep the simulated host: %w", err)
	}
	return run.SaveHost(data)
}

// journal returns where the executor writes. A simulated host is kept before
// each record of what was done to it, so that after a crash the host on disk
// is never behind its journal.
func (t *target) journal(run *runs.Run, j *runs.Journal) executor.Journal {
	if t.memory == nil {
		return j
	}
	return &savingJournal{Journal: j, save: func() error { return t.save(run) }}
}

type savingJournal struct {
	executor.Journal
	mu   sync.Mutex
	save func() error
}

// Append implements executor.Journal.
func (s *savingJournal) Append(r journal.Record) (int, error) {
	switch r.Type {
	case journal.Applied, journal.Undone, journal.Finished, journal.End, journal.Finalized:
		s.mu.Lock()
		err := s.save()
		s.mu.Unlock()
		if err != nil {
			return 0, err
		}
	}
	return s.Journal.Append(r)
}

// checkHost refuses a plan that was made for another host, as drift.
func (t *target) checkHost(p *plan.Plan) error {
	if p.Host == t.Facts {
		return nil
	}
	return hinted(&executor.DriftError{Items: []executor.Drift{{Detail: fmt.Sprintf(
		"the plan is for %s (%s/%s), this host is %s (%s/%s)",
		p.Host.Name, p.Host.OS, p.Host.Arch, t.Facts.Name, t.Facts.OS, t.Facts.Arch)}}},
		"apply it on that host; a plan for a simulated host wants the same --host FILE")
}
