package executor

import (
	"maps"
	"slices"

	"quiesce/actions"
	"quiesce/executor/plan"
)

// gates warns of what comes after the point of no return without a gate
// between: should it fail, there is no way back any more, and nobody was asked.
func (b *builder) gates() {
	for _, once := range b.plan.Steps {
		if !slices.ContainsFunc(once.Changes, func(c actions.Change) bool { return c.Irreversible }) {
			continue
		}
		fine := b.behindGates(once)
		maps.Copy(fine, b.planned.Before(once.ID))
		for _, next := range b.plan.Steps {
			if next == once || fine[next.ID] || !altering(next) {
				continue
			}
			message := "step " + next.ID + " changes the host after step " + once.ID + ", which cannot be taken back, and no confirm stands between them"
			b.list.Warnf(b.places[next.ID], "no-gate", "let a confirm step need "+once.ID+", and let "+next.ID+" need that", "%s", message)
			b.plan.Notes = append(b.plan.Notes, plan.Note{Step: next.ID, Message: message})
			break
		}
	}
}

// behindGates returns the steps that come after a gate that comes after once.
func (b *builder) behindGates(once *plan.Step) map[string]bool {
	behind := b.planned.Behind(once.ID)
	guarded := map[string]bool{}
	for _, s := range b.plan.Steps {
		if behind[s.ID] && slices.ContainsFunc(s.Changes, func(c actions.Change) bool { return c.Kind == actions.GateConfirm }) {
			maps.Copy(guarded, b.planned.Behind(s.ID))
		}
	}
	return guarded
}

// altering tells whether a step alters the host.
func altering(s *plan.Step) bool {
	return slices.ContainsFunc(s.Changes, func(c actions.Change) bool { return actions.Alters(c.Kind) })
}
