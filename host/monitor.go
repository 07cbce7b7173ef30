package host

import (
	"context"
	"time"
)

// Watcher is something that watches the host, as evidence.
type Watcher struct {
	Monitor  string // performance-monitor, server-monitor
	Remote   bool   // it watches from another machine
	Evidence string // one line for people: what was seen
	Process  string // the process that watches, where there is one
	PID      int
	Client   string // the machine that it watches from, if remote
}

// Silence is a time without alarms at a monitoring server.
type Silence struct {
	Server   string        // where the monitoring server is
	Comment  string        // why, for who reads it there
	Duration time.Duration // it always ends by itself
}

// Monitors is what a host knows of those who watch it.
type Monitors interface {
	// Watchers returns who watches the host now, from it or from another
	// machine, beyond what the process and connection tables show; sorted by
	// monitor and evidence.
	Watchers(ctx context.Context) ([]Watcher, error)
	// Silence opens a silence and returns its id.
	Silence(ctx context.Context, s Silence) (id string, err error)
	// Lift ends a silence early; one that is over already is no error.
	Lift(ctx context.Context, server, id string) error
	// Silenced tells whether the silence is in force.
	Silenced(ctx context.Context, server, id string) (bool, error)
}
