package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
	"quiesce/executor/runs"
)

// RunFormat is the name and version of a run as JSON.
const RunFormat = "quiesce.run/v1"

// How a run stands that has no outcome.
const (
	Running     = "running"
	Interrupted = string(executor.Interrupted)
)

// What became of the backups of a run that is finalized.
const (
	FinalizedDone   = "done"
	FinalizedPartly = "partly" // finalize was interrupted
)

// PartlyFinalized is the outcome of a finalize that could not drop all backups.
const PartlyFinalized executor.Outcome = "partly finalized"

// FinalizedOf tells whether the backups of a run are gone.
func FinalizedOf(h *executor.History) string {
	switch {
	case h.Finalized:
		return FinalizedDone
	case h.Finalizing:
		return FinalizedPartly
	}
	return ""
}

// Run is how one run stands, for people and, as JSON, for programs.
type Run struct {
	Format      string       `json:"format"`
	ID          string       `json:"id"`
	Runbook     string       `json:"runbook"`
	Host        string       `json:"host"`
	Plan        string       `json:"plan"` // digest
	Tool        string       `json:"tool"`
	User        string       `json:"user,omitempty"`
	State       string       `json:"state"` // its outcome, or running, or interrupted
	RollingBack bool         `json:"rolling-back"`
	Started     time.Time    `json:"started"`
	Ended       time.Time    `json:"ended"` // of the last record in the journal
	Simulated   string       `json:"simulated-host,omitempty"`
	Holder      *runs.Holder `json:"holder,omitempty"` // the process that runs it now
	Made        int          `json:"made"`             // changes made and not taken back, of those that alter the host
	Planned     int          `json:"planned"`
	Steps       []Step       `json:"steps"`
	Next        []Advice     `json:"next"`
	// Reason is what a run that did not end well ended with, or why it was
	// closed.
	Reason string `json:"reason,omitempty"`
	// Settled are the decisions of persons on conflicts.
	Settled []Settled `json:"settled,omitempty"`
	// Finalized tells whether its backups are gone: FinalizedDone, FinalizedPartly
	// or empty.
	Finalized string `json:"finalized,omitempty"`
	// NoReturn is the step that a rollback cannot go back beyond.
	NoReturn string `json:"no-return,omitempty"`
	// Unfinished are other runs that are to be settled, where they were asked for.
	Unfinished []Entry `json:"unfinished,omitempty"`

	backups bool // it has taken files out of their places
	kept    bool // it keeps what a decision has left unused
	names   names
	// lone are the conflicts where nothing takes the place of what gives way, by
	// command and subject.
	lone map[string]bool
}

// Step is how one step of a run stands.
type Step struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Action  string `json:"action"`
	State   string `json:"state"`
	Applied int    `json:"applied"` // changes made and not taken back, verifications included
	Total   int    `json:"total"`
	Error   string `json:"error,omitempty"`
	// Conflicts are the subjects that somebody else has changed, as of the last
	// failure.
	Conflicts []string `json:"conflicts,omitempty"`
	// KeepOnly are those of them of which --take-ours would be refused.
	KeepOnly []string `json:"keep-only,omitempty"`
	// UnderWay is what was begun and not seen to end: it may be half done.
	UnderWay []string `json:"under-way,omitempty"`
}

// Settled is what a person has decided on a conflict.
type Settled struct {
	Subject  string `json:"subject"`
	Decision string `json:"decision"` // keep-theirs, take-ours
	Told     string `json:"told"`     // what became of the things
}

// Advice is a command that may come next, and what it does.
type Advice struct {
	Command string `json:"command"`
	Does    string `json:"does"`
}

// NewRun puts together what the plan and the journal of a run tell. records are
// those that the history was read from; holder is the process that works on the
// run now, or nil.
func NewRun(p *plan.Plan, h *executor.History, records []journal.Record, holder *runs.Holder) *Run {
	open, back := underWayOf(records), takenBackOf(records)
	r := &Run{
		Format: RunFormat, ID: h.Run.ID, Runbook: p.Runbook.Name, Host: p.Host.Name, Plan: p.Digest,
		Tool: h.Run.Tool, User: h.Run.User, State: State(h, holder != nil), RollingBack: h.RollingBack,
		Started: h.Started, Ended: h.Ended, Holder: holder, Planned: p.Summary.Changes, Steps: []Step{},
	}
	for i, sh := range h.Steps {
		r.Steps = append(r.Steps, newStep(p.Steps[i], sh, open[sh.ID]))
		for _, at := range slices.Sorted(maps.Keys(sh.Settled)) {
			s := sh.Settled[at]
			r.Settled = append(r.Settled, Settled{p.Steps[i].Changes[at].Subject, string(s.Decision), s.Told})
		}
		// What is taken back is taken back from the end, but for what cannot be.
		left := sh.Applied
		for n, c := range p.Steps[i].Changes {
			if left == 0 || back[sh.ID][n] {
				continue
			}
			left--
			if actions.Alters(c.Kind) {
				r.Made++
			}
			r.backups = r.backups || c.Kind == actions.FileReplace || c.Kind == actions.FileRemove
		}
	}
	r.NoReturn, r.kept, r.names = h.NoReturn(p), h.Kept(), namesOf(p)
	r.lone = loneOf(p, r.Steps)
	r.Finalized = FinalizedOf(h)
	r.Reason = reasonOf(records)
	r.Next = r.Ways()
	return r
}

// reasonOf returns what a run has ended with, if it has ended.
func reasonOf(records []journal.Record) string {
	for _, r := range slices.Backward(records) {
		if r.Type == journal.End {
			return flatError(r.Error)
		}
		if r.Type != journal.Finalize && r.Type != journal.Finalized {
			break
		}
	}
	return ""
}

// State is the outcome of a run or, if it has none, whether it still runs.
func State(h *executor.History, held bool) string {
	switch {
	case held:
		return Running
	case h.Outcome == "":
		return Interrupted
	}
	return string(h.Outcome)
}

func newStep(ps *plan.Step, sh executor.StepHistory, open map[int]bool) Step {
	s := Step{
		ID: sh.ID, Name: ps.Name, Action: ps.Action, State: string(sh.State),
		Applied: sh.Applied, Total: sh.Total, Error: flatError(sh.Error),
		Conflicts: sh.Conflicts, KeepOnly: sh.KeepOnly,
	}
	for i, c := range ps.Changes {
		if open[i] && actions.Alters(c.Kind) {
			s.UnderWay = append(s.UnderWay, c.Kind+" "+c.Subject)
		}
	}
	return s
}

func flatError(text string) string {
	if text == "" {
		return ""
	}
	return FlatText(text)
}

// underWayOf returns, by step, the changes that were begun and neither seen to
// be made nor taken back.
func underWayOf(records []journal.Record) map[string]map[int]bool {
	open := map[string]map[int]bool{}
	for _, r := range records {
		switch r.Type {
		case journal.Intent, journal.Applied, journal.Undone:
			if open[r.Step] == nil {
				open[r.Step] = map[int]bool{}
			}
			for i := r.From; i < r.To; i++ {
				open[r.Step][i] = r.Type == journal.Intent
			}
		}
	}
	return open
}

// takenBackOf returns, by step, the changes that were taken back.
func takenBackOf(records []journal.Record) map[string]map[int]bool {
	back := map[string]map[int]bool{}
	for _, r := range records {
		switch r.Type {
		case journal.Applied, journal.Undone:
			if back[r.Step] == nil {
				back[r.Step] = map[int]bool{}
			}
			for i := r.From; i < r.To; i++ {
				back[r.Step][i] = r.Type == journal.Undone
			}
		}
	}
	return back
}

func alterations(changes []actions.Change) int {
	n := 0
	for _, c := range changes {
		if actions.Alters(c.Kind) {
			n++
		}
	}
	return n
}

// Ways returns what can be done with a run that stands so, and can work.
func (r *Run) Ways() []Advice {
	resume := Advice{"quiesce resume " + r.ID, "goes on where it stopped"}
	rollback := Advice{"quiesce rollback " + r.ID, "takes back what was done"}
	closing := Advice{"quiesce close " + r.ID + " --reason TEXT", "accepts the host as it is"}
	if r.NoReturn != "" {
		rollback.Does = "takes back what came after step " + Visible(r.NoReturn) + "; that and what came before it stay"
	}
	finalize := Advice{"quiesce finalize " + r.ID + " --yes", "drops the backups; after that nothing takes it back"}
	switch {
	case r.State == Running:
	case r.Finalized == FinalizedDone:
		return []Advice{}
	case r.Finalized == FinalizedPartly:
		return []Advice{{finalize.Command, "goes on with dropping the backups, once what is in its way is gone"}}
	}
	switch executor.Outcome(r.State) {
	case Running:
		if r.Holder != nil && r.Holder.PID != 0 {
			return []Advice{{fmt.Sprintf("kill -INT %d", r.Holder.PID), "stops it between two changes"}}
		}
		return []Advice{}
	case executor.Succeeded:
		if r.backups {
			return []Advice{rollback, finalize}
		}
		return []Advice{rollback}
	case executor.RolledBack:
		if r.kept {
			return []Advice{{finalize.Command, "drops what was kept of the files that somebody has decided to leave"}}
		}
		return []Advice{}
	case executor.Closed:
		return r.waysOfClosed(rollback, finalize)
	case executor.Incomplete:
		if ways := r.decisions("rollback", "the old file is put back"); len(ways) > 0 {
			return append(append([]Advice{{rollback.Command, "tries again what could not be taken back"}}, ways...), closing)
		}
		if r.NoReturn != "" && !r.has(executor.NotUndone) {
			return []Advice{closing}
		}
		return []Advice{{rollback.Command, "tries again what could not be taken back"}, closing}
	case executor.Unfinished:
		return []Advice{{resume.Command, "lets go of what is still held"}, rollback, closing}
	}
	switch {
	case r.RollingBack:
		return append([]Advice{{rollback.Command, "goes on with taking it back"}}, r.decisions("rollback", "the old file is put back")...)
	case r.State == string(executor.Stopped):
		return []Advice{{resume.Command, "tries the step that failed again"}, rollback}
	case r.has(executor.FailedStep):
		ways := append([]Advice{rollback}, r.decisions("resume", "the new file takes its place")...)
		return append(ways, closing, Advice{resume.Command, "goes on, once what is in its way is gone"})
	}
	return []Advice{resume, rollback}
}

// waysOfClosed returns what is still open to a run that was closed.
func (r *Run) waysOfClosed(rollback, finalize Advice) []Advice {
	ways := []Advice{}
	if r.Made > 0 {
		ways = append(ways, rollback)
	}
	if r.backups || r.kept {
		ways = append(ways, finalize)
	}
	return ways
}

// decisions returns how each conflict can be settled, of many the first few.
func (r *Run) decisions(command, ours string) []Advice {
	const most = 3
	var ways []Advice
	told, rest := 0, 0
	for _, s := range r.Steps {
		for _, subject := range s.Conflicts {
			if told == most {
				rest++
				continue
			}
			told++
			path, does := ShellWord(subject), "moves that aside, and "+ours
			if r.lone[command+" "+subject] {
				does = "moves that aside"
			}
			ways = append(ways, Advice{"quiesce " + command + " " + r.ID + " --keep-theirs " + path, "leaves what somebody else put there"})
			if !slices.Contains(s.KeepOnly, subject) {
				ways = append(ways, Advice{"quiesce " + command + " " + r.ID + " --take-ours " + path, does})
			}
		}
	}
	if rest > 0 {
		ways = append(ways, Advice{"quiesce status " + r.ID + " --format json",
			fmt.Sprintf("names the %s more in conflict, under conflicts; the two flags can be repeated", grouped(int64(rest)))})
	}
	return ways
}

// loneOf tells of which conflicts the plan has nothing to put in their place:
// there was no old file, or there shall be no new one.
func loneOf(p *plan.Plan, steps []Step) map[string]bool {
	lone := map[string]bool{}
	for i, s := range steps {
		if len(s.Conflicts) == 0 {
			continue
		}
		for _, c := range p.Steps[i].Changes {
			lone["rollback "+c.Subject] = c.Old == nil
			lone["resume "+c.Subject] = c.New == nil
		}
	}
	return lone
}

// AtOnce is Next without what nobody should be led to right after a run.
func (r *Run) AtOnce() []Advice {
	ended := r.State == string(executor.Succeeded) || r.State == string(executor.Closed)
	if ended && r.Finalized == "" {
		return r.Next[:min(1, len(r.Next))]
	}
	return r.Next
}

// has tells whether a step stands so.
func (r *Run) has(state executor.StepState) bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.State == string(state) })
}
