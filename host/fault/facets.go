package fault

import (
	"context"

	"quiesce/host"
)

type services struct {
	base host.Services
	plan *Plan
}

// List implements host.Services.
func (s services) List(ctx context.Context) ([]host.Service, error) {
	if err := s.plan.check("list services", ""); err != nil {
		return nil, err
	}
	return s.base.List(ctx)
}

// Start implements host.Services.
func (s services) Start(ctx context.Context, name string) error {
	if err := s.plan.check("start service", name); err != nil {
		return err
	}
	return s.base.Start(ctx, name)
}

// Stop implements host.Services.
func (s services) Stop(ctx context.Context, name string) error {
	if err := s.plan.check("stop service", name); err != nil {
		return err
	}
	return s.base.Stop(ctx, name)
}

// Kill implements host.Services.
func (s services) Kill(ctx context.Context, name string) error {
	if err := s.plan.check("kill service", name); err != nil {
		return err
	}
	return s.base.Kill(ctx, name)
}

// SetStart implements host.Services.
func (s services) SetStart(ctx context.Context, name string, start host.StartType) error {
	if err := s.plan.check("set start type of service", name); err != nil {
		return err
	}
	return s.base.SetStart(ctx, name, start)
}

type processes struct {
	base host.Processes
	plan *Plan
}

// List implements host.Processes.
func (p processes) List(ctx context.Context) ([]host.Process, error) {
	if err := p.plan.check("list processes", ""); err != nil {
		return nil, err
	}
	return p.base.List(ctx)
}

// End implements host.Processes.
func (p processes) End(ctx context.Context, process host.Process) error {
	if err := p.plan.check("end process", process.Name); err != nil {
		return err
	}
	return p.base.End(ctx, process)
}

type connections struct {
	base host.Connections
	plan *Plan
}

// List implements host.Connections.
func (c connections) List(ctx context.Context) ([]host.Connection, error) {
	if err := c.plan.check("list connections", ""); err != nil {
		return nil, err
	}
	return c.base.List(ctx)
}

// End implements host.Connections.
func (c connections) End(ctx context.Context, v host.Connection) error {
	if err := c.plan.check("end connection", v.Remote); err != nil {
		return err
	}
	return c.base.End(ctx, v)
}

type monitors struct {
	base host.Monitors
	plan *Plan
}

// Watchers implements host.Monitors.
func (m monitors) Watchers(ctx context.Context) ([]host.Watcher, error) {
	if err := m.plan.check("look for monitors", ""); err != nil {
		return nil, err
	}
	return m.base.Watchers(ctx)
}

// Silence implements host.Monitors.
func (m monitors) Silence(ctx context.Context, s host.Silence) (string, error) {
	if err := m.plan.check("silence", s.Server); err != nil {
		return "", err
	}
	return m.base.Silence(ctx, s)
}

// Lift implements host.Monitors.
func (m monitors) Lift(ctx context.Context, server, id string) error {
	if err := m.plan.check("lift silence", server); err != nil {
		return err
	}
	return m.base.Lift(ctx, server, id)
}

// Silenced implements host.Monitors.
func (m monitors) Silenced(ctx context.Context, server, id string) (bool, error) {
	if err := m.plan.check("look for silence", server); err != nil {
		return false, err
	}
	return m.base.Silenced(ctx, server, id)
}

type commands struct {
	base host.Commands
	plan *Plan
}

// Run implements host.Commands.
func (c commands) Run(ctx context.Context, v host.Command) (host.CommandResult, error) {
	name := ""
	if len(v.Argv) > 0 {
		name = v.Argv[0]
	}
	if err := c.plan.check("run", name); err != nil {
		return host.CommandResult{}, err
	}
	return c.base.Run(ctx, v)
}

type network struct {
	base host.Network
	plan *Plan
}

// Dial implements host.Network.
func (n network) Dial(ctx context.Context, address string) error {
	if err := n.plan.check("dial", address); err != nil {
		return err
	}
	return n.base.Dial(ctx, address)
}

// HTTP implements host.Network.
func (n network) HTTP(ctx context.Context, r host.HTTPRequest) (host.HTTPResponse, error) {
	if err := n.plan.check("send request to", r.URL); err != nil {
		return host.HTTPResponse{}, err
	}
	return n.base.HTTP(ctx, r)
}
