package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quiesce/actions"
	"quiesce/host"
)

// sideBySide refuses two steps that change the same thing and do not wait for
// each other: which of them came first would be left to chance.
func (b *builder) sideBySide() error {
	last := map[string]string{} // by family and subject: the step that changed it last
	for _, s := range b.plan.Steps {
		for _, c := range s.Changes {
			if !actions.Alters(c.Kind) || c.Fidelity == actions.Opaque {
				continue
			}
			family, _, _ := strings.Cut(c.Kind, ".")
			key := family + " " + b.plan.Host.Flavour().Key(c.Subject)
			before, seen := last[key]
			last[key] = s.ID
			if seen && before != s.ID && !b.planned.After(s.ID, before) {
				b.list.Errorf(b.places[s.ID], "side-by-side", "let one of them need the other",
					"steps %s and %s do not wait for each other, and both change %s", before, s.ID, c.Subject)
			}
		}
	}
	return nil
}

// settled is why a step of a plan that comes to nothing is left out.
const settled = "every file is as the pack wants it, so there is nothing to stop or end for"

// settle empties a plan that would disturb the host for nothing: it considers
// files, changes none of them, runs nothing opaque, and leaves every service as
// it is. Applying a runbook again then does nothing at all.
func (b *builder) settle(ctx context.Context) error {
	kept := false
	for _, s := range b.plan.Steps {
		for _, c := range s.Changes {
			family, _, _ := strings.Cut(c.Kind, ".")
			kept = kept || c.Kind == actions.FileKeep
			if actions.Alters(c.Kind) && (family == "file" || family == "command") {
				return nil
			}
		}
	}
	if !kept {
		return nil
	}
	same, err := b.sameServices(ctx)
	if err != nil || !same {
		return err
	}
	for _, s := range b.plan.Steps {
		verifies := slices.ContainsFunc(s.Changes, func(c actions.Change) bool { return c.Kind != actions.FileKeep })
		if verifies {
			s.Skipped, s.Changes = settled, []actions.Change{}
		}
	}
	return nil
}

// sameServices tells whether the plan leaves the services as they are now.
func (b *builder) sameServices(ctx context.Context) (bool, error) {
	now, err := b.Host.Services.List(ctx)
	if errors.Is(err, errors.ErrUnsupported) {
		return true, nil // no change of a service can have been planned
	}
	if err != nil {
		return false, fmt.Errorf("list the services: %w", err)
	}
	then, err := b.overlay.Host().Services.List(ctx)
	if err != nil {
		return false, fmt.Errorf("list the services: %w", err)
	}
	return slices.EqualFunc(now, then, func(a, b host.Service) bool {
		return a.Name == b.Name && a.State == b.State
	}), nil
}
