package executor

import (
	"errors"
	"slices"
	"strings"

	"quiesce/actions"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
)

// Close ends a run that can be neither finished nor taken back: a person has
// looked, says why, and accepts the host as it is. It changes nothing.
func (e *Executor) Close(p *plan.Plan, h *History, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return errors.New("close a run: a reason is missing")
	}
	return e.session(p, h).record(journal.Record{Type: journal.End, Outcome: string(Closed), Error: reason}, true)
}

// NoReturn returns the id of the last step that was applied and cannot be taken
// back, or "": a rollback goes back to there and not further.
func (h *History) NoReturn(p *plan.Plan) string {
	for _, ps := range slices.Backward(p.Steps) {
		s, ok := h.steps[ps.ID]
		if !ok {
			continue
		}
		for i, c := range ps.Changes {
			if c.Irreversible && s.standing(i) {
				return ps.ID
			}
		}
	}
	return ""
}

// standing tells whether a change was begun and not taken back.
func (s *stepHistory) standing(i int) bool {
	for _, g := range s.groups {
		if i >= g.from && i < g.to {
			return g.intended && !g.undone && !g.undoneOf[i]
		}
	}
	return false
}

// Overlap returns the files that both an earlier and a later run have changed
// and neither has taken back, sorted: to take the earlier run back first would
// leave a mixture of both.
func Overlap(p *plan.Plan, h *History, later *plan.Plan, lh *History) []string {
	flavour := p.Host.Flavour()
	mine := map[string]bool{}
	for _, subject := range changedFiles(p, h) {
		mine[flavour.Key(subject)] = true
	}
	var both []string
	for _, subject := range changedFiles(later, lh) {
		if mine[flavour.Key(subject)] {
			both = append(both, subject)
		}
	}
	slices.Sort(both)
	return slices.Compact(both)
}

// changedFiles returns the files that a run has changed and not taken back.
// Directories are left out: they are removed only when nothing is in them.
func changedFiles(p *plan.Plan, h *History) []string {
	var changed []string
	for _, ps := range p.Steps {
		s, ok := h.steps[ps.ID]
		if !ok {
			continue
		}
		for i, c := range ps.Changes {
			file := strings.HasPrefix(c.Kind, "file.") && actions.Alters(c.Kind)
			if file && (c.New == nil || c.New.Type != "directory") && s.standing(i) {
				if s.settled[i].Decision != actions.KeepTheirs {
					changed = append(changed, c.Subject)
				}
			}
		}
	}
	return changed
}
