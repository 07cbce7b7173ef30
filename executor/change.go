package executor

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/go-multierror"

	"quiesce/actions"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
)

// group makes the changes of a group, the intent in the journal before and the
// fact after. The intent is durable before anything is done; the fact need not
// be, for recovery asks the host.
func (s *session) group(ctx context.Context, ps *plan.Step, g group, attempt int) error {
	gh := s.groupState(ps.ID, g)
	if gh.applied {
		return nil
	}
	if g.alters() {
		if err := s.stillHeld(ctx, ps); err != nil {
			return err
		}
		intent := journal.Record{Type: journal.Intent, Step: ps.ID, From: g.from, To: g.to, Attempt: attempt}
		if err := s.record(intent, true); err != nil {
			return err
		}
		s.intended(gh)
	}
	m := s.memo(gh)
	err := g.apply(ctx, s.env(ps.ID, m))
	gh.memo = m.data
	if err != nil {
		return err
	}
	if err := s.record(journal.Record{Type: journal.Applied, Step: ps.ID, From: g.from, To: g.to}, false); err != nil {
		return err
	}
	gh.applied = true
	for i := range g.changes {
		s.observe(Event{Type: ChangeApplied, Step: ps.ID, Change: &g.changes[i], Done: g.from + i + 1, Total: len(ps.Changes)})
	}
	return nil
}

// stepState and groupState find or make what is known of a step or a group.
func (s *session) stepState(id string) *stepHistory {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.history.step(id)
}

func (s *session) groupState(id string, g group) *groupHistory {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.history.step(id).group(id, g.from, g.to)
}

// intended puts a group last among those to take back first.
func (s *session) intended(gh *groupHistory) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !gh.intended || gh.undone {
		s.history.order = append(s.history.order, gh)
	}
	gh.intended, gh.undone, gh.undoneOf = true, false, map[int]bool{}
}

// stillHeld verifies again what must stay true until the run ends.
func (s *session) stillHeld(ctx context.Context, before *plan.Step) error {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	for _, ps := range held {
		groups, err := groupsOf(s.Actions, ps)
		if err != nil {
			return err
		}
		for _, g := range groups {
			if g.alters() {
				continue
			}
			if err := g.apply(ctx, s.env(ps.ID, &note{})); err != nil {
				return fmt.Errorf("what step %s verified no longer holds before step %s: %w", ps.ID, before.ID, err)
			}
		}
	}
	return nil
}

// fail writes down that a step has failed and answers as the plan says.
func (s *session) fail(ctx context.Context, ps *plan.Step, groups []group, err error) error {
	if errors.Is(err, errInterrupted) || errors.Is(err, errHalted) || ctx.Err() != nil {
		return err
	}
	policy := ps.OnFailure
	if policy == "" {
		policy = s.plan.OnFailure
	}
	var conflict *actions.ConflictError
	if s.resumed && errors.As(err, &conflict) {
		policy = ask
	}
	if policy != "continue" {
		s.mu.Lock()
		s.failed = true
		s.mu.Unlock()
	}
	s.observe(Event{Type: StepFailed, Step: ps.ID, Err: err})
	conflicts := s.conflictsOf(err)
	record := journal.Record{Type: journal.Failed, Step: ps.ID, To: len(ps.Changes), Error: err.Error(), Conflicts: conflicts,
		KeepOnly: s.keepOnly(ctx, ps.ID, groups, conflicts, false)}
	if werr := s.record(record, true); werr != nil {
		err = joined(err, werr)
	}
	if policy != "continue" {
		return &stepError{err, policy}
	}
	return s.goOn(ctx, ps, groups, err)
}

// goOn takes back what a failed step did, and lets the run go on without it.
func (s *session) goOn(ctx context.Context, ps *plan.Step, groups []group, failure error) error {
	for i := len(groups) - 1; i >= 0; i-- {
		gh := s.groupState(ps.ID, groups[i])
		if !gh.intended || gh.undone || groups[i].irreversible() {
			continue
		}
		if err := s.undoGroup(ctx, ps, groups[i], gh); err != nil {
			s.mu.Lock()
			s.failed = true
			s.mu.Unlock()
			return joined(failure, fmt.Errorf("take back what the step did: %w", err))
		}
	}
	if err := s.record(journal.Record{Type: journal.Skipped, Step: ps.ID}, false); err != nil {
		return joined(failure, err)
	}
	s.observe(Event{Type: StepContinued, Step: ps.ID, Detail: ps.Reason, Err: failure})
	return nil
}

// finish lets go of what was held only while the run was on, last first.
func (s *session) finish(ctx context.Context) (Outcome, error) {
	var failures error
	for i := len(s.plan.Steps) - 1; i >= 0; i-- {
		ps := s.plan.Steps[i]
		groups, err := groupsOf(s.Actions, ps)
		if err != nil {
			return s.end(Unfinished, err)
		}
		for n := len(groups) - 1; n >= 0; n-- {
			if err := s.finishGroup(ctx, ps, groups[n]); err != nil {
				failures = joined(failures, fmt.Errorf("step %s: %w", ps.ID, err))
			}
		}
	}
	if failures != nil {
		return s.end(Unfinished, failures)
	}
	return s.end(Succeeded, nil)
}

func (s *session) finishGroup(ctx context.Context, ps *plan.Step, g group) error {
	finisher, ok := g.operator.(actions.Finisher)
	gh := s.groupState(ps.ID, g)
	if !ok || !gh.applied || !g.alters() {
		return nil
	}
	for i := len(g.changes) - 1; i >= 0; i-- {
		at := g.from + i
		if gh.finished[at] {
			continue
		}
		if err := finisher.Finish(ctx, s.env(ps.ID, s.memo(gh)), g.changes[i]); err != nil {
			return err
		}
		if err := s.record(journal.Record{Type: journal.Finished, Step: ps.ID, From: at, To: at + 1}, false); err != nil {
			return err
		}
		gh.finished[at] = true
	}
	return nil
}

// joined gathers failures that all must be told.
func joined(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return multierror.Append(a, b)
}
