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

// start is the action start-services.
type start struct {
	Services  []string      `param:"services"`
	StoppedBy string        `param:"stopped-by"`
	Timeout   time.Duration `param:"timeout"`

	changesOf func(step string) []actions.Change
}

func newStart(step actions.StepParams) (actions.Action, error) {
	a := &start{changesOf: step.ChangesOf}
	if err := step.Params.Decode(a); err != nil {
		return nil, fmt.Errorf("start-services: %w", err)
	}
	if a.changesOf == nil {
		a.changesOf = func(string) []actions.Change { return nil }
	}
	return a, nil
}

// Plan implements actions.Action.
func (a *start) Plan(ctx context.Context, env *actions.Env) (actions.Proposal, error) {
	p := actions.Proposal{Outputs: map[string]any{"started": []any{}}}
	t, err := look(ctx, env.Host)
	if p.CannotTell(a.param(), "which services run", err) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("plan start-services: %w", err)
	}
	s := &starting{table: t, param: a.param(), reasons: map[string]string{}, before: t.heldBy(a.changesOf(a.StoppedBy))}
	if a.StoppedBy != "" {
		s.again(&p, a.StoppedBy, a.changesOf(a.StoppedBy))
	} else {
		s.named(&p, a.Services)
	}
	s.addDependencies()
	order, err := t.upOrder(s.names)
	if err != nil {
		p.Refuse(a.param(), "dependency-cycle", "correct what these services depend on", "no order to start them in: %v", err)
		return p, nil
	}
	return p, a.propose(&p, s, order)
}

func (a *start) param() string {
	if a.StoppedBy != "" {
		return "stopped-by"
	}
	return "services"
}

// starting gathers what is to be started.
type starting struct {
	table   *table
	param   string
	names   []string // in the order wanted
	reasons map[string]string
	before  map[string]host.StartType // start types from before the run held them
}

func (s *starting) add(name, reason string) {
	if _, twice := s.reasons[name]; !twice {
		s.names = append(s.names, name)
		s.reasons[name] = reason
	}
}

// heldBy returns the start types that services had before changes held them
// down, by key.
func (t *table) heldBy(changes []actions.Change) map[string]host.StartType {
	before := map[string]host.StartType{}
	for _, c := range changes {
		key := t.flavour.Key(c.Subject)
		if _, earlier := before[key]; c.Kind == actions.ServiceStop && !earlier {
			before[key] = host.StartType(c.Old.Start)
		}
	}
	return before
}

// again adds what a stop-services step found running, in reverse.
func (s *starting) again(p *actions.Proposal, step string, changes []actions.Change) {
	stops := false
	for _, c := range slices.Backward(changes) {
		if c.Kind != actions.ServiceStop {
			continue
		}
		stops = true
		if found, ok := s.table.find(c.Subject); !ok {
			p.Refuse(s.param, "unknown-service", "", "service %s, which step %s stops, is gone", c.Subject, step)
		} else if ran(host.ServiceState(c.Old.State)) && !found.State.Active() {
			s.add(found.Name, "ran before "+step)
		}
	}
	if len(changes) > 0 && !stops {
		p.Refuse(s.param, "no-stop", "name a step with the action stop-services", "step %s stops no services", step)
	}
}

// named adds what names and globs mean and does not run.
func (s *starting) named(p *actions.Proposal, patterns []string) {
	chosen := s.table.choose(p, patterns)
	for _, name := range sortedNames(chosen) {
		found, _ := s.table.find(name)
		switch {
		case found.State == host.Paused:
			p.Warn(s.param, "paused-service", "", "%s is paused, and is left so: quiesce cannot resume it", name)
		case ran(found.State):
		case !s.startOf(found).Startable() && chosen[name] != byName:
			p.Warn(s.param, "disabled-service", "", "%s %s and is %s: it is not started", name, chosen[name], found.Start)
		default:
			s.add(name, chosen[name])
		}
	}
}

// addDependencies puts what has to be started for the others before them.
func (s *starting) addDependencies() {
	wanted := slices.Clone(s.names)
	var first []string
	for _, d := range inactive(s.table.below(wanted...)) {
		if _, already := s.reasons[d.Name]; already {
			continue
		}
		first = append(first, d.Name)
		var users []string
		for _, name := range wanted {
			if s.table.has(namesOf(s.table.below(name)), d.Name) {
				users = append(users, name)
			}
		}
		slices.Sort(users)
		s.reasons[d.Name] = strings.Join(users, ", ") + " depends on it"
	}
	s.names = append(first, s.names...)
}

// startOf returns the start type that a service is to have when it runs: what
// it had before this run held it down.
func (s *starting) startOf(service host.Service) host.StartType {
	if was, ok := s.before[s.table.flavour.Key(service.Name)]; ok && !service.Start.Startable() {
		return was
	}
	return service.Start
}

func (a *start) propose(p *actions.Proposal, s *starting, order []string) error {
	started := []any{}
	for _, name := range order {
		service, _ := s.table.find(name)
		startType := s.startOf(service)
		if !startType.Startable() && (a.StoppedBy == "" || !s.ranDisabled(service)) {
			p.Refuse(s.param, "disabled-service", disabledHint(service), "%s cannot be started: it is %s (%s)", name, service.Start, s.reasons[name])
			continue
		}
		c := actions.Change{
			Kind: actions.ServiceStart, Subject: name, Fidelity: actions.Exact, Reason: s.reasons[name],
			Old:  &actions.Facts{State: string(service.State), Start: string(service.Start)},
			New:  &actions.Facts{State: string(host.Running), Start: string(startType)},
			Undo: "stopped again, start type " + string(service.Start),
		}
		if err := c.Encode(limits{Timeout: a.Timeout.String(), Planned: namesOf(inactive(s.table.below(name)))}); err != nil {
			return err
		}
		p.Changes = append(p.Changes, c)
		started = append(started, name)
	}
	p.Outputs["started"] = started
	return nil
}

// ranDisabled tells whether the step found the service running although it was
// disabled: it is to run so again.
func (s *starting) ranDisabled(service host.Service) bool {
	_, ok := s.before[s.table.flavour.Key(service.Name)]
	return ok
}

func disabledHint(s host.Service) string {
	if s.Start == host.StartHeld {
		return "another run or somebody else holds it down"
	}
	return "enable it first, or leave it out"
}
