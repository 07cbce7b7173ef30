package executor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"quiesce/actions"
	"quiesce/executor/journal"
)

// What a rollback owes is the host as it was before the run. A thing that the
// run has changed twice, such as a service that it stopped and started again,
// owes it what it was before the first of these changes; so a later change
// whose undo fails, or is left for another time, is not on its own:
//
//   - A single change is overtaken once the first change of the same thing is
//     taken back. To undo it after that would stop the service for good.
//   - A transaction, which takes back what it finds, waits for a later one that
//     still stands on one of its files; and what was taken back before such a
//     late one is looked at again after it, for the dates of directories.

// reversal is what a rollback could not take back so far.
type reversal struct {
	*session
	failed []failedUndo
	late   map[actions.Operator]bool // transactions that an earlier rollback has left standing
}

// failedUndo is a group that could not be taken back.
type failedUndo struct {
	history *groupHistory
	group   group
	err     error
}

func (s *session) reversal() *reversal {
	return &reversal{session: s, late: map[actions.Operator]bool{}}
}

// undo takes one group back, as far as the others let it.
func (r *reversal) undo(ctx context.Context, g group, gh *groupHistory) error {
	ps := r.steps[gh.step]
	if first := r.firstOf(g, gh); first != nil && first.undone {
		return r.settle(g, gh)
	}
	failure := r.waits(g)
	if failure == nil {
		if g.transaction() && gh.undoErr != "" {
			r.late[g.operator] = true
		}
		failure = r.undoGroup(ctx, ps, g, gh)
	} else {
		failure = r.notUndone(ctx, ps, g, gh, failure)
	}
	if failure != nil {
		r.failed = append(r.failed, failedUndo{gh, g, fmt.Errorf("step %s: %w", gh.step, failure)})
	}
	return nil
}

// failures returns what stands. Of a group that was overtaken nothing does:
// that it could not be undone has done no harm, as the host shows.
func (r *reversal) failures(ctx context.Context) error {
	var failures error
	for _, f := range r.failed {
		if !r.restored(ctx, f) {
			failures = joined(failures, f.err)
			continue
		}
		failures = joined(failures, r.settle(f.group, f.history))
	}
	return failures
}

// restored tells whether the thing is as it was before the run changed it first.
func (r *reversal) restored(ctx context.Context, f failedUndo) bool {
	first := r.firstOf(f.group, f.history)
	if first == nil || first.undoErr != "" {
		return false
	}
	g, err := r.groupOf(r.steps[first.step], first)
	if err != nil {
		return false
	}
	status, err := g.operator.Inspect(ctx, r.env(first.step, r.memo(first)), g.changes[0])
	return err == nil && status.State == actions.NotDone
}

// settle writes down that nothing of a group is left to be taken back.
func (r *reversal) settle(g group, gh *groupHistory) error {
	if err := r.record(journal.Record{Type: journal.Undone, Step: gh.step, From: g.from, To: g.to}, false); err != nil {
		return err
	}
	gh.takenBack(g.from, g.to)
	return nil
}

// firstOf finds the first group of the run that changed the same thing, before
// this one; nil if there is none. Nobody knows what a command has changed.
func (r *reversal) firstOf(g group, gh *groupHistory) *groupHistory {
	if g.transaction() || g.changes[0].Fidelity == actions.Opaque {
		return nil
	}
	for _, earlier := range r.undoOrder() {
		if earlier == gh {
			return nil
		}
		if r.sharing(r.steps[earlier.step].Changes[earlier.from:earlier.to], g.changes[0]) {
			return earlier
		}
	}
	return nil
}

// waits returns why a transaction cannot be taken back yet, or nil.
func (r *reversal) waits(g group) error {
	if !g.transaction() {
		return nil
	}
	for _, f := range r.failed {
		for _, c := range f.group.changes {
			if actions.Alters(c.Kind) && r.sharing(g.changes, c) {
				return fmt.Errorf("it waits for step %s, which changed %s after it and is not taken back whole", f.history.step, c.Subject)
			}
		}
	}
	return nil
}

// sharing tells whether one of the changes alters what c alters.
func (s *session) sharing(changes []actions.Change, c actions.Change) bool {
	family, _, _ := strings.Cut(c.Kind, ".")
	flavour := s.plan.Host.Flavour()
	return slices.ContainsFunc(changes, func(other actions.Change) bool {
		return actions.Alters(other.Kind) && strings.HasPrefix(other.Kind, family+".") && flavour.Key(other.Subject) == flavour.Key(c.Subject)
	})
}
