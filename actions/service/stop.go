package service

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"quiesce/actions"
	"quiesce/host"
)

// stop is the action stop-services.
type stop struct {
	Services   []string      `param:"services"`
	Dependents string        `param:"dependents"`
	Timeout    time.Duration `param:"timeout"`
	Force      bool          `param:"force"`
	HoldDown   bool          `param:"hold-down"`
}

func newStop(step actions.StepParams) (actions.Action, error) {
	a := &stop{}
	if err := step.Params.Decode(a); err != nil {
		return nil, fmt.Errorf("stop-services: %w", err)
	}
	return a, nil
}

// Plan implements actions.Action.
func (a *stop) Plan(ctx context.Context, env *actions.Env) (actions.Proposal, error) {
	p := actions.Proposal{Outputs: map[string]any{"stopped": []any{}}}
	t, err := look(ctx, env.Host)
	if p.CannotTell("services", "which services run", err) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("plan stop-services: %w", err)
	}
	chosen := t.choose(&p, a.Services)
	matched := sortedNames(chosen)
	others := t.above(matched...)
	concerned := slices.Concat(matched, namesOf(others))
	for _, s := range others {
		chosen[s.Name] = t.dependsOn(s, concerned)
	}
	a.refuseDependents(&p, t, matched)
	order, err := t.downOrder(sortedNames(chosen))
	if err != nil {
		p.Refuse("services", "dependency-cycle", "correct what these services depend on", "no order to stop them in: %v", err)
	}
	if len(p.Findings) > 0 {
		return p, nil
	}
	return p, a.propose(&p, t, order, matched, chosen)
}

// dependsOn gives the reason of a dependent: what it depends on among names.
func (t *table) dependsOn(s host.Service, names []string) string {
	var on []string
	for _, name := range s.DependsOn {
		if d, ok := t.find(name); ok && t.has(names, d.Name) {
			on = append(on, d.Name)
		}
	}
	slices.Sort(on)
	return "depends on " + strings.Join(slices.Compact(on), ", ")
}

func (a *stop) refuseDependents(p *actions.Proposal, t *table, matched []string) {
	if a.Dependents != "fail" {
		return
	}
	if others := namesOf(active(t.above(matched...))); len(others) > 0 {
		p.Refuse("dependents", "dependents", "name them in services, or write dependents: stop",
			"%s must stop too, which depend on these services and run", strings.Join(others, ", "))
	}
}

func (a *stop) propose(p *actions.Proposal, t *table, order, matched []string, reasons map[string]string) error {
	stopped := []any{}
	for _, name := range order {
		s, _ := t.find(name)
		start := s.Start
		if a.HoldDown && s.Start.Startable() {
			start = host.StartHeld
		}
		if !s.State.Active() && !(s.Start == host.StartAuto && start != s.Start && t.has(matched, name)) {
			continue
		}
		c, err := a.change(t, s, start, reasons[name])
		if err != nil {
			return err
		}
		p.Changes = append(p.Changes, c)
		if ran(s.State) {
			stopped = append(stopped, name)
		}
		if s.State == host.Paused {
			p.Warn("services", "paused-service", "", "%s is paused; after an undo it runs, because quiesce cannot pause it", name)
		}
	}
	p.Outputs["stopped"] = stopped
	return nil
}

func (a *stop) change(t *table, s host.Service, start host.StartType, reason string) (actions.Change, error) {
	c := actions.Change{
		Kind: actions.ServiceStop, Subject: s.Name, Fidelity: actions.Exact, Reason: reason,
		Old:  &actions.Facts{State: string(s.State), Start: string(s.Start)},
		New:  &actions.Facts{State: string(host.Stopped), Start: string(start)},
		Undo: "started again, start type " + string(s.Start),
	}
	switch {
	case s.State == host.Paused:
		c.Undo += "; it runs then, because quiesce cannot pause it"
	case !ran(s.State):
		c.Reason += "; does not run, and is kept from starting"
		c.Undo = "start type " + string(s.Start) + " again"
	}
	return c, c.Encode(limits{a.Timeout.String(), a.Force, namesOf(active(t.above(s.Name)))})
}

// ran tells whether a service in this state is to run again after an undo. One
// that is stopping was stopped by somebody else.
func ran(s host.ServiceState) bool { return s.Active() && s != host.Stopping }
