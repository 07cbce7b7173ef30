package host

import (
	"context"
	"errors"
)

// Unsupported is the facet of a host that lacks it: every method returns an
// error that wraps errors.ErrUnsupported.
type Unsupported struct {
	Host string
}

func (u Unsupported) lacks(op string) error {
	return &OpError{op, "on " + u.Host, errors.ErrUnsupported}
}

// Open implements Files.
func (u Unsupported) Open(context.Context, string) (Tree, error) { return nil, u.lacks("open files") }

// Run implements Commands.
func (u Unsupported) Run(context.Context, Command) (CommandResult, error) {
	return CommandResult{}, u.lacks("run commands")
}

// Dial implements Network.
func (u Unsupported) Dial(context.Context, string) error { return u.lacks("dial") }

// HTTP implements Network.
func (u Unsupported) HTTP(context.Context, HTTPRequest) (HTTPResponse, error) {
	return HTTPResponse{}, u.lacks("send HTTP requests")
}

type lackingServices struct{ Unsupported }

func (u lackingServices) List(context.Context) ([]Service, error) {
	return nil, u.lacks("list services")
}
func (u lackingServices) Start(context.Context, string) error { return u.lacks("start services") }
func (u lackingServices) Stop(context.Context, string) error  { return u.lacks("stop services") }
func (u lackingServices) Kill(context.Context, string) error  { return u.lacks("kill services") }
func (u lackingServices) SetStart(context.Context, string, StartType) error {
	return u.lacks("set start types")
}

type lackingProcesses struct{ Unsupported }

func (u lackingProcesses) List(context.Context) ([]Process, error) {
	return nil, u.lacks("list processes")
}
func (u lackingProcesses) End(context.Context, Process) error { return u.lacks("end processes") }

type lackingConnections struct{ Unsupported }

func (u lackingConnections) List(context.Context) ([]Connection, error) {
	return nil, u.lacks("list connections")
}
func (u lackingConnections) End(context.Context, Connection) error {
	return u.lacks("end connections")
}

type lackingMonitors struct{ Unsupported }

func (u lackingMonitors) Watchers(context.Context) ([]Watcher, error) {
	return nil, u.lacks("look for monitors")
}
func (u lackingMonitors) Silence(context.Context, Silence) (string, error) {
	return "", u.lacks("silence monitors")
}
func (u lackingMonitors) Lift(context.Context, string, string) error {
	return u.lacks("lift silences")
}
func (u lackingMonitors) Silenced(context.Context, string, string) (bool, error) {
	return false, u.lacks("look for silences")
}
