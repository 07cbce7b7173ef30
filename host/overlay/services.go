package overlay

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"quiesce/host"
)

// service is the model of one service.
type service struct {
	host.Service
	script  ServiceScript
	process string // name of the program that it ran last
	user    string
	pid     int            // process id that it had last
	unheld  host.StartType // start type before a hold that a start of the machine ends
}

type serviceTable struct {
	byName map[string]*service
	names  []string // sorted, as the host spells them
}

func (w *world) service(name string) (*service, error) {
	if s := w.services.byName[w.flavour.Key(name)]; s != nil {
		return s, nil
	}
	return nil, fs.ErrNotExist
}

func (w *world) loadServices(ctx context.Context) error {
	if w.services.byName != nil {
		return nil
	}
	there, err := w.base.Services.List(ctx)
	if err != nil {
		return err
	}
	table := serviceTable{byName: make(map[string]*service, len(there))}
	for _, s := range there {
		s.DependsOn = slices.Clip(slices.Clone(s.DependsOn))
		script := w.script.Services[s.Name]
		table.byName[w.flavour.Key(s.Name)] = &service{
			Service: s, script: script, process: script.Process,
			pid: max(s.PID, script.PID), unheld: s.Start,
		}
		table.names = append(table.names, s.Name)
	}
	slices.Sort(table.names)
	w.services = table
	return nil
}

// services implements host.Services.
type services struct{ w *world }

// List implements host.Services.
func (s services) List(ctx context.Context) ([]host.Service, error) {
	if err := s.w.enter(ctx); err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	defer s.w.mu.Unlock()
	if err := s.w.loadServices(ctx); err != nil {
		return nil, err
	}
	list := make([]host.Service, len(s.w.services.names))
	for i, name := range s.w.services.names {
		list[i] = s.w.services.byName[s.w.flavour.Key(name)].Service
	}
	return list, nil
}

// on runs an operation on one service with the world locked.
func (s services) on(ctx context.Context, op, name string, f func(*service) error) error {
	err := s.w.enter(ctx)
	if err == nil {
		defer s.w.mu.Unlock()
		err = s.w.loadAll(ctx)
	}
	if err == nil {
		err = s.w.loadServices(ctx) // where the base lacks services, this says so
	}
	var v *service
	if err == nil {
		v, err = s.w.service(name)
	}
	if err == nil {
		err = f(v)
	}
	if err != nil {
		return &host.OpError{Op: op, Subject: name, Err: err}
	}
	return nil
}

// Start implements host.Services.
func (s services) Start(ctx context.Context, name string) error {
	return s.on(ctx, "start service", name, func(v *service) error { return s.w.start(v, s.w.clock.Now()) })
}

// Stop implements host.Services.
func (s services) Stop(ctx context.Context, name string) error {
	hangs := false
	err := s.on(ctx, "stop service", name, func(v *service) error {
		if !v.State.Active() {
			return nil
		}
		if above := s.w.activeDependents(v); len(above) > 0 {
			return fmt.Errorf("%w: %s", host.ErrDependents, strings.Join(above, ", "))
		}
		switch {
		case v.script.FailOnStop != "":
			return fmt.Errorf("%s", v.script.FailOnStop)
		case v.script.HangOnStop:
			v.State, hangs = host.Stopping, true
			return nil
		}
		s.w.stop(v, host.Stopped)
		return nil
	})
	if err != nil || !hangs {
		return err
	}
	return s.outlast(ctx, name)
}

// outlast waits with somebody for a service that does not stop.
func (s services) outlast(ctx context.Context, name string) error {
	if err := s.w.clock.hang(ctx); err != nil {
		return &host.OpError{Op: "stop service", Subject: name, Err: err}
	}
	return nil
}

// Kill implements host.Services.
func (s services) Kill(ctx context.Context, name string) error {
	return s.on(ctx, "kill service", name, func(v *service) error {
		if v.State.Active() {
			s.w.stop(v, host.Stopped)
		}
		return nil
	})
}

// SetStart implements host.Services.
func (s services) SetStart(ctx context.Context, name string, start host.StartType) error {
	return s.on(ctx, "set start type of service", name, func(v *service) error {
		switch start {
		case host.StartAuto, host.StartManual, host.StartDisabled:
			v.unheld = start
		case host.StartHeld:
			if s.w.flavour == host.Windows {
				start, v.unheld = host.StartDisabled, host.StartDisabled
			}
		default:
			return fmt.Errorf("start type %q: %w", start, fs.ErrInvalid)
		}
		v.Start = start
		return nil
	})
}

// activeDependents returns the names of the services that run and depend
// directly on one, sorted.
func (w *world) activeDependents(v *service) []string {
	var names []string
	for _, name := range w.services.names {
		other := w.services.byName[w.flavour.Key(name)]
		if other.State.Active() && slices.ContainsFunc(other.DependsOn, w.is(v)) {
			names = append(names, name)
		}
	}
	return names
}

// is tells whether a name is that of v.
func (w *world) is(v *service) func(string) bool {
	key := w.flavour.Key(v.Name)
	return func(name string) bool { return w.flavour.Key(name) == key }
}

// start starts a service and what it depends on. What forbids it is found
// before anything is started.
func (w *world) start(v *service, at time.Time) error {
	order, err := w.startOrder(v, nil)
	if err != nil {
		return err
	}
	for _, s := range order {
		if s.script.FailOnStart != "" {
			s.State = host.Failed
			if w.flavour == host.Windows {
				s.State = host.Stopped // which knows no other
			}
			return fmt.Errorf("%s: %s", s.Name, s.script.FailOnStart)
		}
		if s.State = host.Running; s.PID == 0 {
			w.spawn(s, at)
		}
	}
	return nil
}

// startOrder returns what must be started for v to run, v last.
func (w *world) startOrder(v *service, path []*service) ([]*service, error) {
	switch {
	case v.State == host.Running, slices.Contains(path, v):
		return nil, nil
	case v.State == host.Stopping:
		return nil, fmt.Errorf("%s is stopping", v.Name)
	case !v.Start.Startable():
		return nil, fmt.Errorf("%s is %s", v.Name, v.Start)
	}
	var order []*service
	for _, name := range v.DependsOn {
		below, err := w.service(name)
		if err != nil {
			return nil, fmt.Errorf("%s depends on %s: %w", v.Name, name, err)
		}
		first, err := w.startOrder(below, append(path, v))
		if err != nil {
			return nil, err
		}
		for _, s := range first {
			if !slices.Contains(order, s) {
				order = append(order, s)
			}
		}
	}
	return append(order, v), nil
}

// stop ends a service and its processes, and arranges that it comes back if
// that is its way.
func (w *world) stop(v *service, state host.ServiceState) {
	v.State = state
	for _, p := range w.processesOf(v) {
		if other := w.housemate(v, p.PID); other != nil {
			p.Service = other.Name // it goes on running
			continue
		}
		w.bury(p)
	}
	if v.PID != 0 && w.housemate(v, v.PID) == nil {
		w.fate[v.PID] = ended
	}
	w.endConnections(func(c *connection) bool { return c.Service != "" && w.is(v)(c.Service) })
	v.PID = 0
	if d := v.script.ComesBackAfter; d > 0 {
		w.schedule(w.later(d), func(at time.Time) { w.comeBack(v, at) })
	}
}

// housemate returns another service that runs in the same process, or nil.
func (w *world) housemate(v *service, pid int) *service {
	for _, name := range w.services.names {
		other := w.services.byName[w.flavour.Key(name)]
		if other != v && other.PID == pid && other.State.Active() {
			return other
		}
	}
	return nil
}

// comeBack starts a service by itself, unless something forbids it.
func (w *world) comeBack(v *service, at time.Time) {
	if !v.State.Active() && v.Start.Startable() {
		_ = w.start(v, at) // nobody is there to be told why it did not
	}
}
