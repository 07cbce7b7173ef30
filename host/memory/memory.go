package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"quiesce/host"
	"quiesce/host/overlay"
	"quiesce/internal/diag"
)

// Memory is a host that was made from a description.
type Memory struct {
	began   *Description // in normal form
	overlay *overlay.Overlay
	host    host.Host
}

// New makes the host that a description describes. What cannot be is a
// *diag.Failure.
func New(d *Description) (*Memory, error) {
	c := &decoder{file: d.Name, places: map[any]diag.Range{}}
	c.check(d)
	for _, f := range d.Files {
		if f.From != "" {
			c.diags.Errorf(diag.Range{File: d.Name}, "missing-file", "", "%s: from is read by Parse", f.Path)
		}
	}
	if err := c.diags.Err(); err != nil {
		return nil, fmt.Errorf("make host in memory: %w", err)
	}
	n := d.normal()
	m := &Memory{began: n}
	m.overlay = overlay.NewScripted(n.base(), n.script())
	m.host = m.overlay.Host()
	m.host.Commands = commands{m}
	m.host.Network = network{m}
	return m, m.begin()
}

// Host returns the host.
func (m *Memory) Host() host.Host { return m.host }

// Reboot starts the machine anew: delayed renames are carried out, and only
// what the machine starts by itself runs.
func (m *Memory) Reboot() error { return m.overlay.Reboot(context.Background()) }

// begin opens every volume, so that Describe sees it, starts the time of what
// happens by itself, and arranges what waits for a restart.
func (m *Memory) begin() error {
	ctx, fl := context.Background(), m.began.Facts().Flavour()
	roots := []string{newFixture(&Description{OS: m.began.OS}).root()}
	for _, f := range m.began.Files {
		roots = append(roots, rootOf(fl, f.Path))
	}
	slices.Sort(roots)
	for _, root := range slices.Compact(roots) {
		t, err := m.host.Files.Open(ctx, root)
		if err != nil {
			return err
		}
		if err := t.Close(); err != nil {
			return err
		}
	}
	for _, r := range m.began.AtRestart {
		if err := m.delay(ctx, r); err != nil {
			return err
		}
	}
	if _, err := m.host.Connections.List(ctx); err != nil {
		return err
	}
	return nil
}

func (m *Memory) delay(ctx context.Context, r Rename) error {
	fl := m.began.Facts().Flavour()
	root := rootOf(fl, r.From)
	t, err := m.host.Files.Open(ctx, root)
	if err != nil {
		return err
	}
	d, ok := t.(host.Delayer)
	if !ok {
		return errors.Join(errors.ErrUnsupported, t.Close())
	}
	return errors.Join(d.Delay(below(fl, root, r.From), below(fl, root, r.To)), t.Close())
}

// rootOf returns the directory at the top of a path's volume.
func rootOf(fl host.Flavour, p string) string {
	for p = fl.Clean(p); ; {
		dir, _ := fl.Split(p)
		if dir == p {
			return p
		}
		p = dir
	}
}

// base is what the overlay reads: the description as it was.
func (d *Description) base() host.Host {
	return host.New(host.Host{
		Facts:       d.Facts(),
		Traits:      host.Traits{Volatile: true},
		Files:       newFixture(d),
		Services:    serviceList{d: d},
		Processes:   processList{d: d},
		Connections: connectionList{d: d},
		Monitors:    monitorList{d: d},
		Clock:       begin(d.Now),
	})
}

// begin is a clock that tells when a host begins.
type begin time.Time

// Now implements host.Clock.
func (b begin) Now() time.Time { return time.Time(b) }

// Sleep implements host.Clock.
func (begin) Sleep(context.Context, time.Duration) error { return errors.ErrUnsupported }

// WithTimeout implements host.Clock.
func (begin) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}

// script is what the overlay must know of behaviour.
func (d *Description) script() overlay.Script {
	s := overlay.Script{Services: map[string]overlay.ServiceScript{}, Connections: map[string]overlay.ConnectionScript{}, Keep: true}
	for _, v := range d.Services {
		script := overlay.ServiceScript{Process: v.Process, PID: v.PID, ComesBackAfter: v.ComesBackAfter}
		if v.OnStop != nil {
			script.HangOnStop, script.FailOnStop = v.OnStop.Hang, v.OnStop.Fail
		}
		if v.OnStart != nil {
			script.FailOnStart = v.OnStart.Fail
		}
		s.Services[v.Name] = script
	}
	for _, c := range d.Connections {
		s.Connections[c.ID] = overlay.ConnectionScript{LeavesAfter: c.LeavesAfter, ComesBackAfter: c.ComesBackAfter}
	}
	return s
}

// The lists implement the facets of a description. An overlay only lists; the
// rest, which they embed, is never asked for.
type serviceList struct {
	host.Services
	d *Description
}

// List implements host.Services.
func (l serviceList) List(context.Context) ([]host.Service, error) {
	var list []host.Service
	for _, s := range l.d.Services {
		v := host.Service{Name: s.Name, Title: s.Title, State: s.State, Start: s.Start, DependsOn: s.DependsOn}
		if s.State.Active() {
			v.PID = s.PID
		}
		list = append(list, v)
	}
	return list, nil
}

type processList struct {
	host.Processes
	d *Description
}

// List implements host.Processes.
func (l processList) List(context.Context) ([]host.Process, error) {
	var list []host.Process
	for _, p := range l.d.Processes {
		list = append(list, host.Process{PID: p.PID, Name: p.Name, User: p.User, Started: l.d.Now})
	}
	for _, s := range l.d.Services {
		if s.State.Active() && s.PID != 0 && s.Process != "" {
			list = append(list, host.Process{PID: s.PID, Name: s.Process, Service: s.Name, Started: l.d.Now})
		}
	}
	slices.SortStableFunc(list, func(a, b host.Process) int { return cmp.Compare(a.PID, b.PID) })
	return slices.CompactFunc(list, func(a, b host.Process) bool { return a.PID == b.PID }), nil
}

type connectionList struct {
	host.Connections
	d *Description
}

// List implements host.Connections.
func (l connectionList) List(context.Context) ([]host.Connection, error) {
	var list []host.Connection
	for _, c := range l.d.Connections {
		port, err := portOf(c.Local)
		if err != nil {
			return nil, err
		}
		list = append(list, host.Connection{
			ID: c.ID, Protocol: c.Protocol, Local: c.Local, Remote: c.Remote, Port: port,
			PID: c.PID, Process: c.Process, Service: c.Service, Client: c.Client, Own: c.Own,
		})
	}
	for _, p := range l.d.Pipes {
		list = append(list, host.Connection{
			ID: p.ID, Protocol: host.Pipe, Local: p.Name, Remote: p.Client,
			PID: p.PID, Process: p.Process, Service: p.Service, Own: p.Own,
		})
	}
	return list, nil
}

type monitorList struct {
	host.Monitors
	d *Description
}

// Watchers implements host.Monitors.
func (l monitorList) Watchers(context.Context) ([]host.Watcher, error) {
	var list []host.Watcher
	for _, m := range l.d.Monitors {
		list = append(list, host.Watcher(m))
	}
	return list, nil
}

// Silenced implements host.Monitors.
func (l monitorList) Silenced(_ context.Context, server, id string) (bool, error) {
	return slices.ContainsFunc(l.d.Silences, func(s Silence) bool {
		return s.Server == server && s.ID == id && s.Until.After(l.d.Now)
	}), nil
}
