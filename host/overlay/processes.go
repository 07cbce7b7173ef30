package overlay

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"quiesce/host"
)

type processTable struct {
	byPID map[int]*host.Process
}

func (w *world) loadProcesses(ctx context.Context) error {
	if w.processes.byPID != nil {
		return nil
	}
	there, err := w.base.Processes.List(ctx)
	if err != nil {
		return err
	}
	w.processes.byPID = make(map[int]*host.Process, len(there))
	for _, p := range there {
		w.processes.byPID[p.PID] = &p
	}
	return nil
}

// processes implements host.Processes.
type processes struct{ w *world }

// List implements host.Processes.
func (p processes) List(ctx context.Context) ([]host.Process, error) {
	if err := p.w.enter(ctx); err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	defer p.w.mu.Unlock()
	if err := p.w.loadProcesses(ctx); err != nil {
		return nil, err
	}
	list := make([]host.Process, 0, len(p.w.processes.byPID))
	for _, process := range p.w.processes.byPID {
		list = append(list, *process)
	}
	slices.SortFunc(list, func(a, b host.Process) int { return cmp.Compare(a.PID, b.PID) })
	return list, nil
}

// End implements host.Processes.
func (p processes) End(ctx context.Context, process host.Process) error {
	err := p.w.enter(ctx)
	if err == nil {
		defer p.w.mu.Unlock()
		err = p.end(ctx, process)
	}
	if err != nil {
		return &host.OpError{Op: "end process", Subject: fmt.Sprintf("%s (%d)", process.Name, process.PID), Err: err}
	}
	return nil
}

func (p processes) end(ctx context.Context, process host.Process) error {
	if err := p.w.loadAll(ctx); err != nil {
		return err
	}
	if err := p.w.loadProcesses(ctx); err != nil {
		return err
	}
	now := p.w.processes.byPID[process.PID]
	switch {
	case now == nil:
		return nil
	case !now.Started.Equal(process.Started) || now.Name != process.Name:
		return host.ErrChanged
	}
	for _, name := range p.w.services.names {
		if s := p.w.services.byName[p.w.flavour.Key(name)]; s.PID == now.PID {
			p.w.stop(s, host.Failed)
		}
	}
	p.w.bury(now)
	return nil
}

// processesOf returns the processes of a service.
func (w *world) processesOf(v *service) []*host.Process {
	var own []*host.Process
	for _, p := range w.processes.byPID {
		if p.PID == v.PID || (p.Service != "" && w.is(v)(p.Service)) {
			own = append(own, p)
		}
	}
	for _, p := range own {
		if p.PID == v.PID {
			v.process, v.user, v.pid = p.Name, p.User, p.PID
		}
	}
	return own
}

// bury ends a process: its connections, its open files and its watching end
// with it.
func (w *world) bury(p *host.Process) {
	delete(w.processes.byPID, p.PID)
	w.fate[p.PID] = ended
	w.endConnections(func(c *connection) bool { return c.PID == p.PID })
	w.watchers.list = slices.DeleteFunc(w.watchers.list, func(v host.Watcher) bool { return v.PID == p.PID })
}

// spawn gives a service that starts its process: the id that it had last, if
// that is free. Of a service of which no process is known there is none.
func (w *world) spawn(v *service, at time.Time) {
	if v.process == "" || w.processes.byPID == nil {
		return
	}
	v.PID = v.pid
	if p := w.processes.byPID[v.pid]; p != nil && p.Name == v.process && p.Service != "" {
		return // it moves in with another service
	}
	if v.PID == 0 || w.processes.byPID[v.PID] != nil {
		v.PID = w.freePID()
	}
	w.processes.byPID[v.PID] = &host.Process{PID: v.PID, Name: v.process, Started: at, User: v.user, Service: v.Name}
	w.fate[v.PID] = restarted
}

func (w *world) freePID() int {
	highest := 0
	for pid := range maps.Keys(w.processes.byPID) {
		highest = max(highest, pid)
	}
	for pid := range w.fate {
		highest = max(highest, pid)
	}
	return highest + 1
}

// shutDown ends everything that runs.
func (w *world) shutDown() {
	for _, v := range w.services.byName {
		w.processesOf(v) // so that they are known when it starts again
	}
	for _, p := range w.processes.byPID {
		w.bury(p)
	}
	w.connections.list, w.watchers.list = nil, nil
	w.events = nil
	for _, v := range w.services.byName {
		v.State, v.PID = host.Stopped, 0
		if v.Start == host.StartHeld {
			v.Start = v.unheld
		}
	}
}

// boot starts what the machine starts by itself.
func (w *world) boot() {
	for _, name := range w.services.names {
		v := w.services.byName[w.flavour.Key(name)]
		if v.Start == host.StartAuto {
			_ = w.start(v, w.clock.Now()) // one that cannot start stays as it is
		}
	}
}
