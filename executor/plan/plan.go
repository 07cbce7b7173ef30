package plan

import (
	"quiesce/actions"
	"quiesce/host"
)

// Format is the name and version of the file format.
const Format = "quiesce.plan/v1"

// Plan is what a runbook comes to on one host.
type Plan struct {
	Format  string         `json:"format"`
	Digest  string         `json:"digest,omitempty"` // "sha256:" and the hex of the canonical form
	Tool    string         `json:"tool"`
	Runbook Runbook        `json:"runbook"`
	Inputs  map[string]any `json:"inputs"` // a secret one is {"secret": true}
	Host    host.Facts     `json:"host"`
	Summary Summary        `json:"summary"`
	// MaxParallel is how many steps may run at a time.
	MaxParallel int `json:"max-parallel"`
	// OnFailure is rollback or stop.
	OnFailure string `json:"on-failure"`
	// Space is what the changes take on the host's disks, backups included, until
	// the run is finalized: one entry for each file system, by path.
	Space []Space `json:"space,omitempty"`
	Notes []Note  `json:"notes,omitempty"`
	Steps []*Step `json:"steps"` // every step after all that it needs
}

// Space is what is needed on one file system.
type Space struct {
	Path  string `json:"path"` // where it is mounted, as far as that can be told
	Bytes int64  `json:"bytes"`
}

// Runbook says what the plan was made from.
type Runbook struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Digest      string `json:"digest"`
}

// Note is a warning that came up while planning.
type Note struct {
	Step    string `json:"step,omitempty"`
	Message string `json:"message"`
}

// Summary counts what the plan changes.
type Summary struct {
	Changes    int            `json:"changes"` // those that alter the host
	ByKind     map[string]int `json:"by-kind"`
	ByFidelity map[string]int `json:"by-fidelity"`
}

// Step is one step of the runbook, or one iteration of it.
type Step struct {
	ID     string   `json:"id"`
	Name   string   `json:"name,omitempty"`
	Action string   `json:"action"`
	Needs  []string `json:"needs"`
	// Skipped says why the step does nothing; it has no changes then.
	Skipped      string `json:"skipped,omitempty"`
	Hold         bool   `json:"hold,omitempty"`
	Irreversible bool   `json:"irreversible,omitempty"`
	OnFailure    string `json:"on-failure,omitempty"` // if other than the plan's
	Reason       string `json:"reason,omitempty"`     // of on-failure: continue
	Timeout      string `json:"timeout,omitempty"`    // as time.Duration prints it
	Retries      int    `json:"retries,omitempty"`
	RetryDelay   string `json:"retry-delay,omitempty"`
	// Source is the digest of the pack that the step reads.
	Source  string           `json:"source,omitempty"`
	Changes []actions.Change `json:"changes"`
}

// Summarise counts the changes of the steps into the summary.
func (p *Plan) Summarise() {
	p.Summary = Summary{ByKind: map[string]int{}, ByFidelity: map[string]int{}}
	for _, s := range p.Steps {
		for _, c := range s.Changes {
			p.Summary.ByKind[c.Kind]++
			if actions.Alters(c.Kind) {
				p.Summary.Changes++
				p.Summary.ByFidelity[string(c.Fidelity)]++
			}
		}
	}
}

// Index returns the steps by their ids.
func (p *Plan) Index() map[string]*Step {
	index := make(map[string]*Step, len(p.Steps))
	for _, s := range p.Steps {
		index[s.ID] = s
	}
	return index
}

// PointOfNoReturn returns the id of the first step that cannot be taken back,
// or "" if everything can.
func (p *Plan) PointOfNoReturn() string {
	for _, s := range p.Steps {
		for _, c := range s.Changes {
			if c.Irreversible {
				return s.ID
			}
		}
	}
	return ""
}
