package host

import (
	"context"
	"time"
)

// Host is a machine, as a set of facets. New fills what a driver leaves out.
type Host struct {
	Facts       Facts
	Traits      Traits
	Files       Files
	Services    Services
	Processes   Processes
	Connections Connections
	Monitors    Monitors
	Commands    Commands
	Network     Network
	Clock       Clock
}

// New returns h with every nil facet replaced by one that answers
// errors.ErrUnsupported, and a nil clock by the machine's own.
func New(h Host) Host {
	lacking := Unsupported{Host: h.Facts.Name}
	if h.Files == nil {
		h.Files = lacking
	}
	if h.Services == nil {
		h.Services = lackingServices{lacking}
	}
	if h.Processes == nil {
		h.Processes = lackingProcesses{lacking}
	}
	if h.Connections == nil {
		h.Connections = lackingConnections{lacking}
	}
	if h.Monitors == nil {
		h.Monitors = lackingMonitors{lacking}
	}
	if h.Commands == nil {
		h.Commands = lacking
	}
	if h.Network == nil {
		h.Network = lacking
	}
	if h.Clock == nil {
		h.Clock = SystemClock{}
	}
	return h
}

// Facts are what is known of a machine without asking it anything; runbooks
// read them as host.name, host.os and host.arch.
type Facts struct {
	Name string `json:"name" yaml:"name"`
	OS   string `json:"os" yaml:"os"`     // as GOOS: linux, windows
	Arch string `json:"arch" yaml:"arch"` // as GOARCH: amd64, arm64, 386
}

// Flavour returns the rules of this machine's paths.
func (f Facts) Flavour() Flavour {
	if f.OS == "windows" {
		return Windows
	}
	return POSIX
}

// Traits are differences between drivers told as data, so that no caller asks
// which driver it has.
type Traits struct {
	// Volatile: the host lives in this process's memory and ends with it, so
	// nothing needs to be durable for its sake.
	Volatile bool
}

// Clock is the host's sense of time. A simulated host has a clock of its own
// that moves when somebody sleeps, so that a grace of 30 s costs nothing.
type Clock interface {
	// Now returns the host's time of day.
	Now() time.Time
	// Sleep waits for d, or until ctx ends, whose cause it then returns.
	Sleep(ctx context.Context, d time.Duration) error
	// WithTimeout is context.WithTimeout by this clock: after d the context
	// ends with context.DeadlineExceeded.
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

// SystemClock is the clock of the machine that Quiesce runs on.
type SystemClock struct{}

// Now implements Clock.
func (SystemClock) Now() time.Time { return time.Now() }

// Sleep implements Clock.
func (SystemClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// WithTimeout implements Clock.
func (SystemClock) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}
