package executor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"quiesce/actions"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
)

// PointOfNoReturnError says that a rollback has stopped at a change that
// cannot be taken back; what came before it stays as the run left it.
type PointOfNoReturnError struct {
	Step, Kind, Subject string
}

func (e *PointOfNoReturnError) Error() string {
	return fmt.Sprintf("step %s: %s %s cannot be taken back, so the rollback stops here: what came after it is undone, what came before it stays", e.Step, e.Kind, e.Subject)
}

// Rollback takes a run back: every change that was begun and not taken back,
// the last first. What cannot be undone does not keep the rest from being
// undone; all of it is told. It can be interrupted and repeated.
func (e *Executor) Rollback(ctx context.Context, p *plan.Plan, h *History) (Outcome, error) {
	if h.Finalizing {
		return Interrupted, ErrFinalized
	}
	return e.session(p, h).back(ctx)
}

func (s *session) back(ctx context.Context) (Outcome, error) {
	s.observe(Event{Type: RollbackStarted})
	var failures error
	if err := s.record(journal.Record{Type: journal.Rollback}, true); err != nil {
		// The undo needs no journal: every change can tell how it stands.
		failures = err
	}
	r := s.reversal()
	for _, gh := range slices.Backward(s.undoOrder()) {
		if gh.undone && len(r.late) == 0 {
			continue
		}
		if s.requested() || ctx.Err() != nil {
			return s.interruptedBack(ctx, failures)
		}
		g, err := s.groupOf(s.steps[gh.step], gh)
		if err != nil {
			return s.end(Incomplete, joined(failures, err))
		}
		if gh.undone && !r.late[g.operator] {
			continue
		}
		if g.irreversible() {
			made, err := s.made(ctx, g, gh)
			if err != nil || made {
				c := g.changes[0]
				failures = joined(joined(failures, err), &PointOfNoReturnError{gh.step, c.Kind, c.Subject})
				break
			}
		}
		if err := r.undo(ctx, g, gh); err != nil {
			failures = joined(failures, err)
		}
	}
	failures = joined(failures, r.failures(ctx))
	if ctx.Err() != nil {
		return s.interruptedBack(ctx, failures)
	}
	if failures != nil {
		return s.end(Incomplete, failures)
	}
	return s.end(RolledBack, nil)
}

// made tells whether something of a group that cannot be taken back was made,
// or may have been.
func (s *session) made(ctx context.Context, g group, gh *groupHistory) (bool, error) {
	if gh.applied {
		return true, nil
	}
	for _, c := range g.changes {
		if !actions.Alters(c.Kind) {
			continue
		}
		status, err := g.operator.Inspect(ctx, s.env(gh.step, s.memo(gh)), c)
		if err != nil || status.State != actions.NotDone {
			return true, err
		}
	}
	return false, nil
}

// undoOrder is every group that was begun, each once, in the order of its last
// intent.
func (s *session) undoOrder() []*groupHistory {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[*groupHistory]bool{}
	var order []*groupHistory
	for _, gh := range slices.Backward(s.history.order) {
		if !seen[gh] {
			seen[gh] = true
			order = append(order, gh)
		}
	}
	slices.Reverse(order)
	return order
}

func (s *session) requested() bool {
	select {
	case <-s.Stop:
		return true
	default:
		return false
	}
}

// interruptedBack leaves a rollback open, to be resumed.
func (s *session) interruptedBack(ctx context.Context, failures error) (Outcome, error) {
	cause := context.Cause(ctx)
	if cause == nil {
		cause = errInterrupted
	}
	failures = joined(failures, fmt.Errorf("roll back: %w", cause))
	s.observe(Event{Type: RunEnded, Outcome: Interrupted, Err: failures, Elapsed: time.Since(s.begun)})
	return Interrupted, failures
}

func (s *session) groupOf(ps *plan.Step, gh *groupHistory) (group, error) {
	groups, err := groupsOf(s.Actions, ps)
	if err != nil {
		return group{}, err
	}
	for _, g := range groups {
		if g.from == gh.from && g.to == gh.to {
			return g, nil
		}
	}
	return group{}, fmt.Errorf("step %s: the journal parts its changes otherwise than this program: use the version that made the run", ps.ID)
}

// undoGroup takes back one group and writes down what came of it.
func (s *session) undoGroup(ctx context.Context, ps *plan.Step, g group, gh *groupHistory) error {
	m := s.memo(gh)
	err := g.undo(ctx, s.env(ps.ID, m))
	gh.memo = m.data
	if err != nil {
		return joined(s.notUndone(ctx, ps, g, gh, err), s.partly(ctx, ps, g, gh))
	}
	if err := s.record(journal.Record{Type: journal.Undone, Step: ps.ID, From: g.from, To: g.to}, false); err != nil {
		return err
	}
	gh.takenBack(g.from, g.to)
	for i := range slices.Backward(g.changes) {
		if !actions.Alters(g.changes[i].Kind) {
			continue
		}
		s.observe(Event{Type: ChangeUndone, Step: ps.ID, Change: &g.changes[i], Done: i, Total: len(ps.Changes)})
	}
	return nil
}

// notUndone writes down that a group was not taken back.
func (s *session) notUndone(ctx context.Context, ps *plan.Step, g group, gh *groupHistory, err error) error {
	s.observe(Event{Type: UndoFailed, Step: ps.ID, Change: &g.changes[0], Err: err})
	gh.undoErr = err.Error()
	conflicts := s.conflictsOf(err)
	record := journal.Record{Type: journal.UndoFail, Step: ps.ID, From: g.from, To: g.to, Error: err.Error(), Conflicts: conflicts,
		KeepOnly: s.keepOnly(ctx, ps.ID, []group{g}, conflicts, true)}
	return joined(err, s.record(record, false))
}

// partly writes down which changes of a group were taken back although others
// could not be. What cannot be told counts as not taken back.
func (s *session) partly(ctx context.Context, ps *plan.Step, g group, gh *groupHistory) error {
	for i := range slices.Backward(g.changes) {
		at := g.from + i
		if len(g.changes) == 1 || !actions.Alters(g.changes[i].Kind) || gh.undoneOf[at] {
			continue
		}
		status, err := g.operator.Inspect(ctx, s.env(ps.ID, s.memo(gh)), g.changes[i])
		if err != nil || status.State != actions.NotDone {
			continue
		}
		if err := s.record(journal.Record{Type: journal.Undone, Step: ps.ID, From: at, To: at + 1}, false); err != nil {
			return err
		}
		gh.takenBack(at, at+1)
		s.observe(Event{Type: ChangeUndone, Step: ps.ID, Change: &g.changes[i], Done: i, Total: len(ps.Changes)})
	}
	return nil
}
