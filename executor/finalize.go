package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"quiesce/actions"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
)

// ErrFinalized says that a run cannot go on or back any more.
var ErrFinalized = errors.New("the run is finalized: its backups are gone")

// UnseenError says that the backups of a run are out of sight, so that none was
// removed, and the way back is as open as it was.
type UnseenError struct{ Err error }

func (e *UnseenError) Error() string { return e.Err.Error() }
func (e *UnseenError) Unwrap() error { return e.Err }

// Finalize removes the backups of a run that has ended, for good. That it has
// begun is durable before the first one goes; from then on the run cannot be
// taken back. It can be interrupted and repeated. What is not a backup as the
// run has left it stays, is named, and is no failure; but if the backups of a step
// are out of sight, nothing is begun: an *UnseenError.
func (e *Executor) Finalize(ctx context.Context, p *plan.Plan, h *History) (actions.Discarded, error) {
	var all actions.Discarded
	switch {
	case h.Finalized:
		return all, nil
	case h.Outcome != Succeeded && h.Outcome != Closed && (h.Outcome != RolledBack || !h.Kept()):
		return all, fmt.Errorf("finalize a run that has not ended well: it is %q", h.Outcome)
	}
	s := e.session(p, h)
	gone, err := s.missing(ctx)
	switch {
	case ctx.Err() != nil:
		return all, context.Cause(ctx)
	case err != nil:
		return all, &UnseenError{err}
	}
	if !h.Finalizing {
		all.Missing = gone
		if err := s.record(journal.Record{Type: journal.Finalize}, true); err != nil {
			return all, err
		}
		h.Finalizing = true
	}
	failures := s.eachKept(func(k actions.Keeper, g group, env *actions.Env) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		d, err := k.Discard(ctx, env, g.changes)
		all.Add(d)
		return err
	})
	if failures != nil {
		return all, failures
	}
	if err := s.record(journal.Record{Type: journal.Finalized}, true); err != nil {
		return all, err
	}
	h.Finalized = true
	return all, nil
}

// missing returns how many backups are not there any more.
func (s *session) missing(ctx context.Context) (int, error) {
	total := 0
	err := s.eachKept(func(k actions.Keeper, g group, env *actions.Env) error {
		n, err := k.Missing(ctx, env, g.changes)
		total += n
		return err
	})
	return total, err
}

// Kept returns the bytes that the backups of a run take on the host's disk.
func (e *Executor) Kept(ctx context.Context, p *plan.Plan, h *History) (int64, error) {
	var total int64
	err := e.session(p, h).eachKept(func(k actions.Keeper, g group, env *actions.Env) error {
		bytes, err := k.Kept(ctx, env, g.changes)
		total += bytes
		return err
	})
	return total, err
}

// eachKept visits, the last first, the groups that were begun and not taken
// back and may have backups. It goes on after a failure.
func (s *session) eachKept(visit func(actions.Keeper, group, *actions.Env) error) error {
	var failures error
	for _, ps := range slices.Backward(s.plan.Steps) {
		groups, err := groupsOf(s.Actions, ps)
		if err != nil {
			return err
		}
		for _, g := range slices.Backward(groups) {
			keeper, ok := g.operator.(actions.Keeper)
			gh := s.groupState(ps.ID, g)
			if !ok || !gh.intended || gh.undone && !s.history.step(ps.ID).kept() {
				continue
			}
			if err := visit(keeper, g, s.env(ps.ID, s.memo(gh))); err != nil {
				failures = joined(failures, fmt.Errorf("step %s: %w", ps.ID, err))
			}
		}
	}
	return failures
}
