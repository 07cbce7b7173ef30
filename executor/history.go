package executor

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"quiesce/actions"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
)

// StepState is how one step of a run stands.
type StepState string

// The states of steps.
const (
	Pending      StepState = "pending"
	Started      StepState = "started" // some changes are under way or made
	Applied      StepState = "applied"
	Verified     StepState = "verified" // it alters nothing
	FailedStep   StepState = "failed"
	Continued    StepState = "failed, went on" // on-failure: continue
	Undone       StepState = "undone"
	PartlyUndone StepState = "partly undone"
	NotUndone    StepState = "not undone" // taking it back failed
	Skipped      StepState = "skipped"
	Idle         StepState = "nothing to do"
)

// History is a run as its journal tells it.
type History struct {
	Run         journal.Run
	Outcome     Outcome // "" while the run is on, or if it was interrupted
	RollingBack bool    // a rollback has begun
	// Failure is what the rollback answers, if it was begun by the run itself and
	// not by a person.
	Failure string
	Started time.Time
	Ended   time.Time // of the last record before its backups were dropped
	Steps   []StepHistory
	// Finalizing: its backups are being removed, so that there is no way back;
	// Finalized: they are gone.
	Finalizing, Finalized bool

	steps   map[string]*stepHistory
	order   []*groupHistory // in the order of the first intent
	failing string          // a step has failed, and nobody has answered that yet
}

// StepHistory is one step as the journal tells it.
type StepHistory struct {
	ID      string
	State   StepState
	Applied int // changes made and not taken back
	Total   int
	Error   string // of the last failure
	// Conflicts are the subjects that somebody else has changed, as of that
	// failure; a person can settle them.
	Conflicts []string
	// KeepOnly are those of them of which a person can only keep theirs, for
	// there is nothing to put in their place.
	KeepOnly []string
	// Settled are the changes, by their place in the plan, that a person has
	// decided on.
	Settled map[int]actions.Settlement
}

type stepHistory struct {
	groups    map[int]*groupHistory // by their first change
	failed    string
	continued bool
	conflicts []string // subjects, of the last failure
	keepOnly  []string
	settled   map[int]actions.Settlement // by change
}

// groupHistory is what was done to neighbouring changes of a step.
type groupHistory struct {
	step     string
	from, to int
	intended bool
	applied  bool
	undone   bool         // all of it
	undoneOf map[int]bool // of a group that could not be taken back whole
	undoErr  string
	finished map[int]bool
	memo     json.RawMessage
}

// NewHistory reads a run's journal against its plan.
func NewHistory(p *plan.Plan, j *journal.Journal) (*History, error) {
	if got := j.Run().Plan; got != p.Digest {
		return nil, fmt.Errorf("the journal belongs to the plan %s, not to %s", got, p.Digest)
	}
	h := newHistory(j.Run())
	steps := p.Index()
	for _, r := range j.Records {
		if err := h.add(steps, r); err != nil {
			return nil, err
		}
	}
	h.summarise(p)
	return h, nil
}

// OutcomeOf is the Outcome of the History of a run, from its journal alone.
func OutcomeOf(j *journal.Journal) Outcome {
	var outcome Outcome
	for _, r := range j.Records {
		switch r.Type {
		case journal.Resumed, journal.Rollback:
			outcome = ""
		case journal.End:
			outcome = Outcome(r.Outcome)
		}
	}
	return outcome
}

func newHistory(run journal.Run) *History {
	return &History{Run: run, steps: map[string]*stepHistory{}}
}

// add takes one record in.
func (h *History) add(steps map[string]*plan.Step, r journal.Record) error {
	at, err := time.Parse(time.RFC3339, r.Time)
	if err != nil {
		return &journal.CorruptError{Record: r.Seq, Reason: "its time is no time"}
	}
	if h.Started.IsZero() {
		h.Started = at
	}
	switch r.Type {
	case journal.Finalize:
		h.Finalizing = true
		return nil
	case journal.Finalized:
		h.Finalized = true
		return nil
	}
	h.Ended = at
	switch r.Type {
	case journal.Begin:
	case journal.Resumed:
		h.Outcome, h.failing = "", ""
	case journal.Rollback:
		if !h.RollingBack {
			h.Failure = h.failing
		}
		h.Outcome, h.RollingBack = "", true
	case journal.End:
		h.Outcome, h.failing = Outcome(r.Outcome), ""
	default:
		return h.addToStep(steps[r.Step], r)
	}
	return nil
}

func (h *History) addToStep(ps *plan.Step, r journal.Record) error {
	if ps == nil || r.From < 0 || r.To < r.From || r.To > len(ps.Changes) {
		return &journal.CorruptError{Record: r.Seq, Reason: fmt.Sprintf("the plan has no changes %d to %d of step %q", r.From, r.To, r.Step)}
	}
	s := h.step(r.Step)
	switch r.Type {
	case journal.Failed:
		h.failing = fmt.Sprintf("step %s: %s", r.Step, r.Error)
		s.failed, s.conflicts, s.keepOnly = r.Error, r.Conflicts, r.KeepOnly
		return nil
	case journal.Settled:
		if r.Settlement == nil || r.To != r.From+1 {
			return &journal.CorruptError{Record: r.Seq, Reason: "it decides on nothing"}
		}
		s.settle(r.From, actions.Settlement{
			Decision: actions.Decision(r.Settlement.Decision), Back: r.Settlement.Back, Told: r.Settlement.Told, Note: r.Settlement.Note,
		})
		return nil
	case journal.Skipped:
		if strings.HasPrefix(h.failing, "step "+r.Step+": ") {
			h.failing = "" // the runbook says that it does not matter
		}
		s.continued = true
		return nil
	}
	g := s.group(r.Step, r.From, r.To)
	switch r.Type {
	case journal.Intent:
		if !g.intended {
			h.order = append(h.order, g)
		}
		g.intended, g.undone, g.undoneOf, s.failed, s.conflicts, s.keepOnly = true, false, map[int]bool{}, "", nil, nil
	case journal.Memo:
		g.memo = r.Memo
	case journal.Applied:
		g.applied = true
	case journal.Undone:
		if g.takenBack(r.From, r.To); g.undone {
			s.conflicts, s.keepOnly = nil, nil
		}
	case journal.UndoFail:
		g.undoErr, s.conflicts, s.keepOnly = r.Error, r.Conflicts, r.KeepOnly
	case journal.Finished:
		for i := r.From; i < r.To; i++ {
			g.finished[i] = true
		}
	default:
		return &journal.CorruptError{Record: r.Seq, Reason: fmt.Sprintf("records of type %q are unknown", r.Type)}
	}
	return nil
}

func (h *History) step(id string) *stepHistory {
	s, ok := h.steps[id]
	if !ok {
		s = &stepHistory{groups: map[int]*groupHistory{}}
		h.steps[id] = s
	}
	return s
}

func (s *stepHistory) group(step string, from, to int) *groupHistory {
	for first, g := range s.groups {
		if from >= first && to <= g.to {
			return g
		}
	}
	g := &groupHistory{step: step, from: from, to: to, finished: map[int]bool{}, undoneOf: map[int]bool{}}
	s.groups[from] = g
	return g
}

// takenBack notes that some or all changes of the group were.
func (g *groupHistory) takenBack(from, to int) {
	if from == g.from && to == g.to {
		g.applied, g.undone, g.undoErr = false, true, ""
		return
	}
	for i := from; i < to; i++ {
		g.undoneOf[i] = true
	}
}

// summarise fills Steps.
func (h *History) summarise(p *plan.Plan) {
	h.Steps = h.Steps[:0]
	for _, ps := range p.Steps {
		h.Steps = append(h.Steps, h.stepHistory(ps))
	}
}

func (h *History) stepHistory(ps *plan.Step) StepHistory {
	out := StepHistory{ID: ps.ID, Total: len(ps.Changes), State: Pending}
	s, ok := h.steps[ps.ID]
	switch {
	case ps.Skipped != "":
		out.State = Skipped
		return out
	case len(ps.Changes) == 0:
		out.State = Idle
		return out
	case !ok:
		return out
	}
	out.Error, out.Conflicts, out.KeepOnly, out.Settled = s.failed, s.conflicts, s.keepOnly, s.settled
	undone, undoErr, touched := 0, "", false
	for _, g := range s.groups {
		touched = touched || g.intended || g.applied
		if g.applied {
			out.Applied += g.to - g.from - len(g.undoneOf)
		}
		if g.undone {
			undone += g.to - g.from
		}
		if g.undoErr != "" {
			undoErr = g.undoErr
		}
	}
	switch {
	case undoErr != "":
		out.State, out.Error = NotUndone, undoErr
	case undone > 0 && h.open(s):
		out.State = PartlyUndone
	case s.continued:
		out.State = Continued
	case undone > 0:
		out.State = Undone
	case out.Applied == out.Total && !altering(ps):
		out.State = Verified
	case out.Applied == out.Total:
		out.State = Applied
	case s.failed != "":
		out.State = FailedStep
	case touched:
		out.State = Started
	}
	return out
}

// open tells whether something that was begun in a step is not taken back.
func (h *History) open(s *stepHistory) bool {
	for _, g := range s.groups {
		if g.intended && !g.undone {
			return true
		}
	}
	return false
}
