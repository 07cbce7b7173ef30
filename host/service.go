package host

import "context"

// ServiceState is what a service does now.
type ServiceState string

// The states of services.
const (
	Running  ServiceState = "running"
	Stopped  ServiceState = "stopped"
	Paused   ServiceState = "paused"
	Starting ServiceState = "starting"
	Stopping ServiceState = "stopping"
	Failed   ServiceState = "failed" // not running, and not because somebody stopped it
)

// Active tells whether a service in this state has, or will have, processes.
func (s ServiceState) Active() bool { return s != Stopped && s != Failed }

// StartType is what may start a service.
type StartType string

// The start types.
const (
	StartAuto     StartType = "auto"     // the machine starts it by itself
	StartManual   StartType = "manual"   // somebody or something else starts it
	StartDisabled StartType = "disabled" // nothing may start it
	// StartHeld keeps a service from being started by anything until it is
	// given another start type: a mask until the next boot on systemd. On a
	// host that knows no such thing it is StartDisabled, and reads as that.
	StartHeld StartType = "held"
)

// Startable tells whether a service of this start type may be started.
func (t StartType) Startable() bool { return t != StartDisabled && t != StartHeld }

// Service is one service, as seen at one moment.
type Service struct {
	Name      string
	Title     string // the name that people see
	State     ServiceState
	Start     StartType
	DependsOn []string // names of services that must run for this one to run
	PID       int      // 0 if it has no process
}

// Services is the service manager of a host. Names are as the host spells
// them; on Windows they compare without case. An unknown name wraps
// fs.ErrNotExist.
type Services interface {
	// List returns every service, sorted by name.
	List(ctx context.Context) ([]Service, error)
	// Start starts one service and what it depends on, and returns when it is
	// running; of a running service it does nothing. A service that is
	// disabled or held is refused.
	Start(ctx context.Context, name string) error
	// Stop stops one service and returns when it has stopped; of a stopped one
	// it does nothing. While services that depend on it run it changes nothing
	// and wraps ErrDependents. When ctx ends first, its cause is returned, and
	// the service may still be stopping.
	Stop(ctx context.Context, name string) error
	// Kill ends the processes of a service that does not stop by itself and
	// returns when it has stopped.
	Kill(ctx context.Context, name string) error
	// SetStart changes the start type; what runs goes on running.
	SetStart(ctx context.Context, name string, start StartType) error
}
