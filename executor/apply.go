package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"quiesce/actions"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
)

// Apply carries out a plan that was verified. A step that fails is answered as
// the plan says; the outcome tells how the run ended, the error what failed.
// After Interrupted nothing is lost: Resume goes on, Rollback goes back.
func (e *Executor) Apply(ctx context.Context, p *plan.Plan) (Outcome, error) {
	return e.session(p, newHistory(journal.Run{ID: e.Run})).forward(ctx)
}

// Resume goes on with a run that was interrupted, forward or, if it was being
// taken back, back. A conflict with what it finds stops it and changes nothing
// more: a person has to look, and then resumes or rolls back.
func (e *Executor) Resume(ctx context.Context, p *plan.Plan, h *History) (Outcome, error) {
	if h.Finalizing {
		return Interrupted, ErrFinalized
	}
	if h.RollingBack {
		outcome, err := e.Rollback(ctx, p, h)
		if err == nil && outcome == RolledBack && h.Failure != "" {
			err = errors.New(h.Failure) // the run ends as it would have without the interruption
		}
		return outcome, err
	}
	s := e.session(p, h)
	s.resumed = true
	if err := s.record(journal.Record{Type: journal.Resumed, Run: &h.Run}, true); err != nil {
		return Interrupted, err
	}
	return s.forward(ctx)
}

// forward makes every change that the history does not have yet.
func (s *session) forward(ctx context.Context) (Outcome, error) {
	g, err := s.plan.Graph()
	if err != nil {
		return Interrupted, err
	}
	s.observe(Event{Type: RunStarted, Total: s.plan.Summary.Changes})
	visits, err := g.Walk(ctx, s.plan.MaxParallel, func(_ context.Context, id string) error {
		return s.step(ctx, s.steps[id])
	})
	if err != nil {
		return Interrupted, err
	}
	var failure error
	interrupted := context.Cause(ctx)
	for _, v := range visits {
		switch {
		case v.Err == nil, errors.Is(v.Err, errHalted):
		case errors.Is(v.Err, errInterrupted):
			interrupted = errInterrupted
		case ctx.Err() != nil:
			interrupted = fmt.Errorf("step %s: %w", v.ID, v.Err)
		default:
			failure = joined(failure, fmt.Errorf("step %s: %w", v.ID, v.Err))
		}
	}
	return s.conclude(ctx, failure, interrupted)
}

// conclude decides what follows once no step is under way.
func (s *session) conclude(ctx context.Context, failure, interrupted error) (Outcome, error) {
	switch {
	case failure == nil && interrupted == nil:
		return s.finish(ctx)
	case interrupted != nil:
		// No End record: the run is open, and can be resumed.
		failure = joined(failure, interrupted)
		s.observe(Event{Type: RunEnded, Outcome: Interrupted, Err: failure, Elapsed: time.Since(s.begun)})
		return Interrupted, failure
	case answered(failure, ask):
		s.observe(Event{Type: RunEnded, Outcome: Interrupted, Err: failure, Elapsed: time.Since(s.begun)})
		return Interrupted, failure
	case answered(failure, "stop"):
		return s.end(Stopped, failure)
	}
	outcome, err := s.back(ctx)
	if outcome == RolledBack {
		err = nil
	}
	return outcome, joined(failure, err)
}

// ask is the answer to a conflict that a resumed run meets.
const ask = "ask"

// stepError carries how the failure of a step is answered.
type stepError struct {
	err    error
	answer string
}

func (e *stepError) Error() string { return e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

// answered tells whether a failure is answered in this way. Of several the
// first counts.
func answered(failure error, answer string) bool {
	var step *stepError
	return errors.As(failure, &step) && step.answer == answer
}

// step carries out one step, with its retries.
func (s *session) step(ctx context.Context, ps *plan.Step) error {
	if err := s.stopping(); err != nil {
		return err
	}
	if ps.Skipped != "" {
		s.observe(Event{Type: StepSkipped, Step: ps.ID, Detail: ps.Skipped})
		return nil
	}
	groups, err := groupsOf(s.Actions, ps)
	if err != nil {
		return err
	}
	sh := s.stepState(ps.ID)
	if sh.continued {
		return nil
	}
	begun := time.Now()
	s.observe(Event{Type: StepStarted, Step: ps.ID, Total: len(ps.Changes)})
	for attempt := 0; ; attempt++ {
		err = s.attempt(ctx, ps, groups, attempt)
		if err == nil {
			if ps.Hold {
				s.mu.Lock()
				s.held = append(s.held, ps)
				s.mu.Unlock()
			}
			s.observe(Event{Type: StepDone, Step: ps.ID, Done: len(ps.Changes), Elapsed: time.Since(begun)})
			return nil
		}
		if attempt >= ps.Retries || !s.retriable(ctx, err) {
			return s.fail(ctx, ps, groups, err)
		}
		s.observe(Event{Type: StepRetried, Step: ps.ID, Attempt: attempt + 2, Err: err})
		if err := s.wait(ctx, ps.RetryDelay); err != nil {
			return err
		}
	}
}

// retriable tells whether trying again may help: not on request to stop, and
// not against somebody else's change.
func (s *session) retriable(ctx context.Context, err error) bool {
	var conflict *actions.ConflictError
	return ctx.Err() == nil && !errors.Is(err, errInterrupted) && !errors.Is(err, errHalted) && !errors.As(err, &conflict)
}

func (s *session) wait(ctx context.Context, delay string) error {
	d, err := duration(delay)
	if err != nil {
		return err
	}
	return s.Host.Clock.Sleep(ctx, d)
}

func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("read plan: %w", err)
	}
	return d, nil
}

// attempt makes the changes of a step that are not made yet, in order.
func (s *session) attempt(ctx context.Context, ps *plan.Step, groups []group, attempt int) (err error) {
	limit, err := duration(ps.Timeout)
	if err != nil {
		return err
	}
	if limit > 0 {
		var cancel context.CancelFunc
		outer := ctx
		ctx, cancel = s.Host.Clock.WithTimeout(ctx, limit)
		defer cancel()
		defer func() {
			if err != nil && outer.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
				err = fmt.Errorf("not done within the step's timeout of %s: %w", ps.Timeout, err)
			}
		}()
	}
	for _, g := range groups {
		if err = s.stopping(); err != nil {
			return err
		}
		if err = s.group(ctx, ps, g, attempt); err != nil {
			return err
		}
	}
	return nil
}
