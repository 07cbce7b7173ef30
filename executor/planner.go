package executor

import (
	"context"
	"errors"
	"fmt"

	"quiesce/actions"
	"quiesce/executor/graph"
	"quiesce/executor/plan"
	"quiesce/host"
	"quiesce/host/overlay"
	"quiesce/internal/diag"
	"quiesce/runbooks"
)

// Planner makes plans.
type Planner struct {
	Host    host.Host
	Sources host.Files // where packs are read
	Actions *actions.Registry
	// Shipped is handed to actions: what earlier runs put at a path.
	Shipped func(path string) []string
	Tool    string // name and version of the program, for the plan file
}

// Plan simulates a checked runbook on an overlay of the host and returns what
// it comes to. Author's mistakes and findings are in the list; if it has
// errors there is no plan. What failed while looking at the host is the error.
func (p *Planner) Plan(ctx context.Context, rb *runbooks.Runbook, inputs *runbooks.Bound) (_ *plan.Plan, _ diag.List, err error) {
	b := newBuilder(p, rb, inputs)
	defer func() { err = errors.Join(err, b.overlay.Close()) }()
	if err := b.order(); err != nil {
		return nil, nil, err
	}
	for _, id := range b.sequence {
		if err := b.step(ctx, b.steps[id]); err != nil {
			return nil, b.list, err
		}
	}
	if err := b.conclude(ctx); err != nil {
		return nil, b.list, err
	}
	if err := b.sideBySide(); err != nil {
		return nil, b.list, err
	}
	if b.list.HasErrors() {
		return nil, b.list, nil
	}
	if err := b.settle(ctx); err != nil {
		return nil, b.list, err
	}
	b.gates()
	if err := b.space(ctx); err != nil {
		return nil, b.list, err
	}
	return b.plan, b.list, b.plan.Seal()
}

// builder is a plan in the making.
type builder struct {
	*Planner
	rb       *runbooks.Runbook
	scope    runbooks.Scope
	overlay  *overlay.Overlay
	plan     *plan.Plan
	list     diag.List
	steps    map[string]*runbooks.Step
	waits    map[string][]string
	sequence []string                    // step ids, each after all that it waits for
	expanded map[string][]string         // plan ids by step id: what others wait for
	changes  map[string][]actions.Change // by step id
	planned  *graph.Graph                // the plan's steps
	places   map[string]diag.Range       // by plan id
	pending  []pending                   // in order
}

func newBuilder(p *Planner, rb *runbooks.Runbook, inputs *runbooks.Bound) *builder {
	facts := p.Host.Facts
	b := &builder{
		Planner: p, rb: rb,
		overlay:  overlay.New(p.Host).Boundless(),
		steps:    map[string]*runbooks.Step{},
		waits:    rb.Waits(),
		expanded: map[string][]string{},
		changes:  map[string][]actions.Change{},
		planned:  &graph.Graph{},
		places:   map[string]diag.Range{},
		scope: runbooks.Scope{
			Inputs:  inputs,
			Host:    map[string]string{"name": facts.Name, "os": facts.OS, "arch": facts.Arch},
			Outputs: map[string]map[string]any{},
		},
		plan: &plan.Plan{
			Tool:        p.Tool,
			Runbook:     plan.Runbook{Name: rb.Name, Description: rb.Description, Digest: rb.Digest},
			Inputs:      inputs.Public(),
			Host:        facts,
			MaxParallel: rb.MaxParallel,
			OnFailure:   string(rb.OnFailure),
			Steps:       []*plan.Step{},
		},
	}
	for _, s := range rb.Steps {
		b.steps[s.ID] = s
	}
	return b
}

// order puts the steps of the runbook after all that they wait for.
func (b *builder) order() error {
	g := &graph.Graph{}
	for _, s := range b.rb.Steps {
		g.Add(s.ID)
	}
	for _, s := range b.rb.Steps {
		for _, on := range b.waits[s.ID] {
			if err := g.Wait(s.ID, on); err != nil {
				return fmt.Errorf("order the steps: %w", err)
			}
		}
	}
	sequence, err := g.Order()
	if err != nil {
		return fmt.Errorf("order the steps: %w", err)
	}
	b.sequence = sequence
	return nil
}
