package actiontest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/host/memory"
)

// Bench is one host for tests of a single family that the suite cannot know:
// findings, conflicts, what goes wrong in the world.
type Bench struct {
	Memory   *memory.Memory
	Env      *actions.Env
	registry *actions.Registry
	before   []actions.Change
}

// NewBench makes a host and what a family needs on it.
func NewBench(t *testing.T, description string, families ...actions.Family) *Bench {
	t.Helper()
	r, err := actions.NewRegistry(families...)
	if err != nil {
		t.Fatal(err)
	}
	c := Case{Host: description}
	m := c.world(t)
	return &Bench{Memory: m, Env: c.env(m.Host()), registry: r}
}

// Use makes the bench work on another host, such as a decorated one.
func (b *Bench) Use(h host.Host) { b.Env.Host = h }

// Plan plans a step.
func (b *Bench) Plan(t *testing.T, s Step) actions.Proposal {
	t.Helper()
	return plan(t, t.Context(), b.registry, b.Env, s, b.before)
}

// Prepare plans a step that nothing forbids, and returns its player.
func (b *Bench) Prepare(t *testing.T, s Step) *Play {
	t.Helper()
	changes := mustPlan(t, b.registry, b.Env, s, b.before).Changes
	b.before = append(b.before, changes...)
	return &Play{&player{b.Env, units(t, b.registry, changes)}}
}

// Play carries out the changes of one step.
type Play struct{ *player }

// Apply carries out all changes until one fails.
func (p *Play) Apply(ctx context.Context) error {
	_, err := p.apply(ctx)
	return err
}

// Undo takes all changes back.
func (p *Play) Undo(ctx context.Context) error { return p.undo(ctx, len(p.units)) }

// Finish lets go of what is held.
func (p *Play) Finish(ctx context.Context) error { return p.finish(ctx) }

// Inspect returns the state of every change by kind and subject, with its
// detail.
func (p *Play) Inspect(t *testing.T) map[string]string {
	t.Helper()
	states := map[string]string{}
	p.inspect(t, func(c actions.Change, s actions.Status) {
		states[subject(c)] = string(s.State)
		if s.Detail != "" {
			states[subject(c)] += ": " + s.Detail
		}
	})
	return states
}

// Lines writes a proposal for comparison: changes, outputs and findings.
func Lines(p actions.Proposal) []string {
	var lines []string
	for _, c := range p.Changes {
		line := subject(c)
		if c.Old != nil && c.New != nil {
			line += fmt.Sprintf(" %s/%s -> %s/%s", c.Old.State, c.Old.Start, c.New.State, c.New.Start)
		}
		lines = append(lines, line+": "+c.Reason)
	}
	for _, f := range p.Findings {
		line := fmt.Sprintf("%s %s %s: %s", f.Severity, f.Param, f.Rule, f.Message)
		if f.Hint != "" {
			line += " (" + f.Hint + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

// IsConflict tells whether err says that somebody else was there.
func IsConflict(err error) bool {
	var conflict *actions.ConflictError
	return errors.As(err, &conflict)
}

// Crash does what the process does before it is killed: all that is saved after
// the first memo of each change is lost.
func (p *Play) Crash(t *testing.T, do func()) {
	t.Helper()
	saves := map[*memo]int{}
	for _, u := range p.units {
		u.memo.fail = func() error {
			if saves[u.memo]++; saves[u.memo] > 1 {
				return errInjected
			}
			return nil
		}
	}
	do()
	for _, u := range p.units {
		u.memo.fail = nil
	}
}
