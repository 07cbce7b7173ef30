package executor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"quiesce/actions"
	"quiesce/executor/plan"
	"quiesce/host"
	"quiesce/host/overlay"
)

// Drift is one thing that is not as the plan saw it.
type Drift struct {
	Step    string `json:"step"`
	Kind    string `json:"kind,omitempty"`
	Subject string `json:"subject,omitempty"`
	Detail  string `json:"detail"`
}

// DriftError says that the host or the pack is not as it was planned, and how.
// Nothing was changed.
type DriftError struct {
	Items []Drift
}

func (e *DriftError) Error() string {
	lines := make([]string, len(e.Items))
	for i, d := range e.Items {
		lines[i] = strings.TrimSpace(fmt.Sprintf("step %s: %s %s", d.Step, d.Kind, d.Subject)) + ": " + d.Detail
	}
	return strings.Join(lines, "\n")
}

// Verify makes the whole plan on an overlay of the host, step by step with the
// code that will change the host, and returns all that is not as the plan saw
// it as a *DriftError. What fits, and only lacks space, is a *NoSpaceError. It
// changes nothing.
func (e *Executor) Verify(ctx context.Context, p *plan.Plan) (err error) {
	if p.Host.Name != e.Host.Facts.Name || p.Host.OS != e.Host.Facts.OS || p.Host.Arch != e.Host.Facts.Arch {
		return &DriftError{[]Drift{{Step: "(all)", Detail: fmt.Sprintf("the plan is for %s (%s/%s), this host is %s (%s/%s)",
			p.Host.Name, p.Host.OS, p.Host.Arch, e.Host.Facts.Name, e.Host.Facts.OS, e.Host.Facts.Arch)}}}
	}
	v := verifier{Executor: e, host: overlay.New(e.Host).Boundless(), plan: p, drifted: map[string]bool{}}
	defer func() { err = errors.Join(err, v.host.Close()) }()
	for i, s := range p.Steps {
		groups, err := groupsOf(e.Actions, s)
		if err != nil {
			return err
		}
		for n, g := range groups {
			if err := v.source(ctx, s, g); err != nil {
				return err
			}
			last := n == len(groups)-1 && allIdle(p.Steps[i+1:])
			if err := v.group(ctx, s, g, last); err != nil {
				return err
			}
		}
	}
	if len(v.items) > 0 {
		return &DriftError{v.items}
	}
	return e.HasRoom(ctx, p, nil)
}

// allIdle tells whether no step has anything that could be looked at.
func allIdle(steps []*plan.Step) bool {
	return !slices.ContainsFunc(steps, func(s *plan.Step) bool { return len(s.Changes) > 0 })
}

type verifier struct {
	*Executor
	host    *overlay.Overlay
	plan    *plan.Plan
	items   []Drift
	drifted map[string]bool // subjects told already
}

// source compares what the changes come from with what it was.
func (v *verifier) source(ctx context.Context, s *plan.Step, g group) error {
	reader, ok := g.operator.(actions.SourceReader)
	if !ok || s.Source == "" {
		return nil
	}
	differences, err := reader.ReadSource(ctx, v.env(s.ID), s.Source, g.changes)
	switch {
	case err != nil && !drifting(ctx, err):
		return fmt.Errorf("verify step %s: %w", s.ID, err)
	case err != nil:
		v.items = append(v.items, Drift{Step: s.ID, Detail: err.Error()})
	}
	for _, what := range differences {
		v.items = append(v.items, Drift{Step: s.ID, Detail: "the pack is not as it was planned: " + what})
	}
	return nil
}

func (v *verifier) env(step string) *actions.Env {
	return &actions.Env{Host: v.host.Host(), Sources: v.Sources, Memo: &note{}, Run: planning, Step: step, Secrets: v.Secrets}
}

// group compares the changes of a group with the overlay and, for what comes
// after, makes them there.
func (v *verifier) group(ctx context.Context, s *plan.Step, g group, last bool) error {
	env := v.env(s.ID)
	details, err := v.details(ctx, env, s, g)
	if err != nil {
		return err
	}
	for _, d := range details {
		// What follows on the same subject only repeats the first.
		if !v.drifted[d.change.Subject] {
			v.drifted[d.change.Subject] = true
			v.items = append(v.items, Drift{s.ID, d.change.Kind, d.change.Subject, d.text})
		}
	}
	if len(details) > 0 {
		return nil
	}
	if _, told := g.operator.(actions.Resolver); told && last {
		return nil // all that keeps them from being made was asked for
	}
	err = g.simulate(ctx, env)
	switch {
	case err == nil:
	case !drifting(ctx, err):
		return fmt.Errorf("verify step %s: %w", s.ID, err)
	case len(v.items) == 0: // else it may only follow from what was told already
		v.items = append(v.items, Drift{Step: s.ID, Detail: err.Error()})
	}
	return nil
}

// detail is what is not as planned of one change.
type detail struct {
	change actions.Change
	text   string
}

// details returns what is not as planned of the changes of a group.
func (v *verifier) details(ctx context.Context, env *actions.Env, s *plan.Step, g group) ([]detail, error) {
	var list []detail
	if r, ok := g.operator.(actions.Resolver); ok {
		clashes, err := r.Conflicts(ctx, env, g.changes, false)
		for i, clash := range clashes {
			if clash != nil {
				list = append(list, detail{g.changes[i], clash.Detail})
			}
		}
		if err == nil {
			return list, nil
		}
		list = nil // asked one by one, they tell which cannot be looked at
	}
	for _, c := range g.changes {
		text, err := v.change(ctx, g.operator, env, c)
		if err != nil {
			return nil, fmt.Errorf("verify step %s: %s %s: %w", s.ID, c.Kind, c.Subject, err)
		}
		if text != "" {
			list = append(list, detail{c, text})
		}
	}
	return list, nil
}

// change returns what is not as planned of one change, or "".
func (v *verifier) change(ctx context.Context, operator actions.Operator, env *actions.Env, c actions.Change) (string, error) {
	status, err := operator.Inspect(ctx, env, c)
	switch {
	case err != nil && drifting(ctx, err):
		return err.Error(), nil
	case err != nil:
		return "", err
	case status.State == actions.Conflict:
		return status.Detail, nil
	case status.State == actions.Done && actions.Alters(c.Kind):
		return "it is done already", nil
	}
	return "", nil
}

// drifting tells a host that is not as planned from one that cannot be asked.
func drifting(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, host.ErrNoSpace)
}
