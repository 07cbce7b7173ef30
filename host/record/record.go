package record

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"quiesce/host"
)

// Log is the effects on one host, in the order in which they were asked for.
// It is safe for concurrent use.
type Log struct {
	mu      sync.Mutex
	effects []string
}

// Effects returns one line for each effect: what was to be done, and to what.
func (l *Log) Effects() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.effects)
}

func (l *Log) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.effects = append(l.effects, fmt.Sprintf(format, args...))
}

// New returns a host that does what base does, and the log of its effects.
func New(base host.Host) (host.Host, *Log) {
	base = host.New(base)
	l := &Log{}
	recorded := base
	recorded.Files = files{base.Files, base.Facts.Flavour(), l}
	recorded.Services = services{base.Services, l}
	recorded.Processes = processes{base.Processes, l}
	recorded.Connections = connections{base.Connections, l}
	recorded.Monitors = monitors{base.Monitors, l}
	recorded.Commands = commands{base.Commands, l}
	recorded.Network = network{base.Network, l}
	return recorded, l
}

type services struct {
	host.Services
	log *Log
}

// Start implements host.Services.
func (s services) Start(ctx context.Context, name string) error {
	s.log.add("start service %s", name)
	return s.Services.Start(ctx, name)
}

// Stop implements host.Services.
func (s services) Stop(ctx context.Context, name string) error {
	s.log.add("stop service %s", name)
	return s.Services.Stop(ctx, name)
}

// Kill implements host.Services.
func (s services) Kill(ctx context.Context, name string) error {
	s.log.add("kill service %s", name)
	return s.Services.Kill(ctx, name)
}

// SetStart implements host.Services.
func (s services) SetStart(ctx context.Context, name string, start host.StartType) error {
	s.log.add("set start type of service %s to %s", name, start)
	return s.Services.SetStart(ctx, name, start)
}

type processes struct {
	host.Processes
	log *Log
}

// End implements host.Processes.
func (p processes) End(ctx context.Context, process host.Process) error {
	p.log.add("end process %s (%d)", process.Name, process.PID)
	return p.Processes.End(ctx, process)
}

type connections struct {
	host.Connections
	log *Log
}

// End implements host.Connections.
func (c connections) End(ctx context.Context, v host.Connection) error {
	c.log.add("end connection %s %s from %s", v.Protocol, v.Local, v.Remote)
	return c.Connections.End(ctx, v)
}

type monitors struct {
	host.Monitors
	log *Log
}

// Silence implements host.Monitors.
func (m monitors) Silence(ctx context.Context, s host.Silence) (string, error) {
	m.log.add("silence %s for %s", s.Server, s.Duration)
	return m.Monitors.Silence(ctx, s)
}

// Lift implements host.Monitors.
func (m monitors) Lift(ctx context.Context, server, id string) error {
	m.log.add("lift silence %s of %s", id, server)
	return m.Monitors.Lift(ctx, server, id)
}

type commands struct {
	host.Commands
	log *Log
}

// Run implements host.Commands. Arguments may be secret: they are not logged.
func (c commands) Run(ctx context.Context, v host.Command) (host.CommandResult, error) {
	name := ""
	if len(v.Argv) > 0 {
		name = v.Argv[0]
	}
	c.log.add("run %s", name)
	return c.Commands.Run(ctx, v)
}

type network struct {
	host.Network
	log *Log
}

// HTTP implements host.Network. A request that only asks is no effect.
func (n network) HTTP(ctx context.Context, r host.HTTPRequest) (host.HTTPResponse, error) {
	switch method := strings.ToUpper(r.Method); method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions:
	default:
		n.log.add("send %s request to %s", method, r.URL)
	}
	return n.Network.HTTP(ctx, r)
}
