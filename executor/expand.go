package executor

import (
	"context"
	"fmt"

	"quiesce/runbooks"
)

// step plans one step of the runbook: nothing, once, or once for each item.
func (b *builder) step(ctx context.Context, s *runbooks.Step) error {
	spec, ok := b.Actions.Action(s.Action)
	if !ok {
		return fmt.Errorf("plan step %s: no action %q: the runbook was not checked", s.ID, s.Action)
	}
	b.scope.Each = nil
	var needs []string
	for _, on := range b.waits[s.ID] {
		needs = append(needs, b.expanded[on]...)
	}
	if s.ForEach == nil {
		outputs, err := b.iteration(ctx, s, spec, s.ID, needs)
		b.scope.Outputs[s.ID] = outputs
		b.expanded[s.ID] = []string{s.ID}
		return err
	}
	return b.forEach(ctx, s, spec, needs)
}

// forEach plans an iteration for each item. Without needs of its own a step
// comes after the one above it, and so does each iteration.
func (b *builder) forEach(ctx context.Context, s *runbooks.Step, spec *runbooks.ActionSpec, needs []string) error {
	items, list := s.Items(b.rb, b.scope)
	b.list = append(b.list, list...)
	outputs := map[string]any{}
	for _, out := range spec.Outputs {
		outputs[out.Name] = []any{}
	}
	b.scope.Outputs[s.ID] = outputs
	if len(items) == 0 {
		b.expanded[s.ID] = []string{s.ID}
		b.add(s, s.ID, needs).Skipped = "for-each: the list is empty"
		return nil
	}
	for i, item := range items {
		id := fmt.Sprintf("%s[%d]", s.ID, i)
		b.scope.Each = map[string]any{s.As: item}
		one, err := b.iteration(ctx, s, spec, id, needs)
		if err != nil {
			return err
		}
		for name, value := range one {
			outputs[name] = append(outputs[name].([]any), value)
		}
		if s.NeedsGiven {
			b.expanded[s.ID] = append(b.expanded[s.ID], id)
		} else {
			needs = []string{id}
			b.expanded[s.ID] = needs
		}
	}
	return nil
}

// iteration plans a step with the loop variable, if any, in scope.
func (b *builder) iteration(ctx context.Context, s *runbooks.Step, spec *runbooks.ActionSpec, id string, needs []string) (map[string]any, error) {
	ps := b.add(s, id, needs)
	enabled, list := s.Enabled(b.rb, b.scope)
	b.list = append(b.list, list...)
	if list.HasErrors() {
		return nothing(spec), nil
	}
	if !enabled {
		ps.Skipped = "when: " + s.When.Text
		return nothing(spec), nil
	}
	params, list := s.Resolve(spec, b.scope)
	b.list = append(b.list, list...)
	if list.HasErrors() {
		return nothing(spec), nil
	}
	outputs, err := b.propose(ctx, s, ps, params)
	if err != nil {
		return nil, fmt.Errorf("plan step %s: %w", id, err)
	}
	if outputs == nil {
		outputs = nothing(spec)
	}
	return outputs, nil
}
