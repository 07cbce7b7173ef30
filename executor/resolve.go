package executor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"quiesce/actions"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
)

// DecisionError says that a decision cannot be taken. Nothing was changed.
type DecisionError struct {
	Path   string   // what it was taken on
	Reason string   // why not
	Open   []string // what is in conflict now
}

func (e *DecisionError) Error() string { return e.Path + ": " + e.Reason }

// Settle writes down what a person has decided on changes in conflict, by their
// subjects: on the way back with back set, else on the way forward. It is
// durable when Settle returns; Resume and Rollback carry it out. If one of the
// decisions cannot be taken, none is: a *DecisionError.
func (e *Executor) Settle(ctx context.Context, p *plan.Plan, h *History, back bool, decisions map[string]actions.Decision) error {
	if len(decisions) == 0 {
		return nil
	}
	s := e.session(p, h)
	found, err := s.inConflict(ctx, back)
	if err != nil {
		return err
	}
	type settled struct {
		clash
		actions.Settlement
	}
	var all []settled
	for _, path := range slices.Sorted(maps.Keys(decisions)) {
		at := slices.IndexFunc(found, func(c clash) bool { return s.key(c.change.Subject) == s.key(path) })
		if at < 0 {
			if s.decided(path, decisions[path], back) {
				continue // it is being carried out
			}
			return &DecisionError{path, "it is not in conflict with this run", subjectsOf(found)}
		}
		c := found[at]
		settlement, err := c.resolver.Settle(ctx, c.env, c.change, decisions[path], back)
		if err != nil {
			return &DecisionError{path, err.Error(), nil}
		}
		all = append(all, settled{c, settlement})
	}
	for i, c := range all {
		r := journal.Record{Type: journal.Settled, Step: c.step, From: c.at, To: c.at + 1, Settlement: &journal.Settlement{
			Decision: string(c.Decision), Back: c.Back, Told: c.Told, Note: c.Note,
		}}
		if err := s.record(r, i == len(all)-1); err != nil {
			return fmt.Errorf("write down what was decided on %s: %w", c.change.Subject, err)
		}
		h.step(c.step).settle(c.at, c.Settlement)
	}
	h.summarise(p)
	return nil
}

// key is the same for all ways to write a subject.
func (s *session) key(subject string) string {
	flavour := s.plan.Host.Flavour()
	return flavour.Key(flavour.Clean(subject))
}

// clash is a change in conflict, with who can settle it.
type clash struct {
	step     string
	at       int // in the step
	change   actions.Change
	resolver actions.Resolver
	env      *actions.Env
}

func subjectsOf(found []clash) []string {
	var subjects []string
	for _, c := range found {
		subjects = append(subjects, c.change.Subject)
	}
	return subjects
}

// inConflict asks of everything that was begun, and is not as it shall be, what
// stands in its way.
func (s *session) inConflict(ctx context.Context, back bool) ([]clash, error) {
	var found []clash
	for _, ps := range s.plan.Steps {
		groups, err := groupsOf(s.Actions, ps)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			resolver, ok := g.operator.(actions.Resolver)
			gh := s.groupState(ps.ID, g)
			if !ok || !gh.intended || back && gh.undone || !back && gh.applied {
				continue
			}
			env := s.env(ps.ID, s.memo(gh))
			conflicts, err := resolver.Conflicts(ctx, env, g.changes, back)
			if err != nil {
				return nil, fmt.Errorf("step %s: look what is in conflict: %w", ps.ID, err)
			}
			for i, c := range conflicts {
				if c != nil {
					found = append(found, clash{ps.ID, g.from + i, g.changes[i], resolver, env})
				}
			}
		}
	}
	return found, nil
}

// decided tells whether a person has taken the same decision before.
func (s *session) decided(path string, d actions.Decision, back bool) bool {
	for _, ps := range s.plan.Steps {
		for i, settlement := range s.history.step(ps.ID).settled {
			same := settlement.Decision == d && (settlement.Back == back || d == actions.KeepTheirs)
			if same && s.key(ps.Changes[i].Subject) == s.key(path) {
				return true
			}
		}
	}
	return false
}

func (s *stepHistory) settle(at int, settlement actions.Settlement) {
	if s.settled == nil {
		s.settled = map[int]actions.Settlement{}
	}
	s.settled[at] = settlement
}

// settlements returns what persons have decided on changes of a step, by subject.
func (s *session) settlements(step string) map[string]actions.Settlement {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh, ok := s.history.steps[step]
	if !ok || len(sh.settled) == 0 {
		return nil
	}
	by := map[string]actions.Settlement{}
	for i, settlement := range sh.settled {
		by[s.steps[step].Changes[i].Subject] = settlement
	}
	return by
}

// conflictsOf returns the subjects of the conflicts in an error that a person
// can settle.
func (s *session) conflictsOf(err error) []string {
	var subjects []string
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) {
		case nil:
		case *actions.ConflictError:
			if s.resolvable(e.Kind) {
				subjects = append(subjects, s.env("", nil).Redact(e.Subject))
			}
		case interface{ WrappedErrors() []error }: // of multierror
			for _, one := range e.WrappedErrors() {
				walk(one)
			}
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				walk(one)
			}
		default:
			walk(errors.Unwrap(err))
		}
	}
	walk(err)
	slices.Sort(subjects)
	return slices.Compact(subjects)
}

// keepOnly returns those of the first few conflicts of which ours cannot be
// taken; more than these nobody is told how to settle.
func (s *session) keepOnly(ctx context.Context, step string, groups []group, conflicts []string, back bool) []string {
	const few = 8
	var only []string
	for _, subject := range conflicts[:min(few, len(conflicts))] {
		for _, g := range groups {
			at := slices.IndexFunc(g.changes, func(c actions.Change) bool { return c.Subject == subject })
			resolver, ok := g.operator.(actions.Resolver)
			if at < 0 || !ok {
				continue
			}
			env := s.env(step, s.memo(s.groupState(step, g)))
			if _, err := resolver.Settle(context.WithoutCancel(ctx), env, g.changes[at], actions.TakeOurs, back); err != nil {
				only = append(only, subject)
			}
		}
	}
	return only
}

func (s *session) resolvable(kind string) bool {
	operator, err := s.Actions.Operator(kind)
	if err != nil {
		return false
	}
	_, ok := operator.(actions.Resolver)
	return ok
}

// Kept tells whether a person has decided that something somebody else made
// stays: what the run has for it stays beside it until the run is finalized.
func (h *History) Kept() bool {
	for _, s := range h.steps {
		if s.kept() {
			return true
		}
	}
	return false
}

func (s *stepHistory) kept() bool {
	for _, settlement := range s.settled {
		if settlement.Decision == actions.KeepTheirs {
			return true
		}
	}
	return false
}
