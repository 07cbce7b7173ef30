package host

import (
	"context"
	"time"
)

// Process is one process, as seen at one moment. PID and Started together are
// its identity.
type Process struct {
	PID     int
	Name    string // file name of the program: perfmon.exe
	Started time.Time
	User    string
	Service string // the service it belongs to, if any
}

// Processes is the process table of a host.
type Processes interface {
	// List returns every process, sorted by process id.
	List(ctx context.Context) ([]Process, error)
	// End ends this process and returns when it is gone. If it is gone already
	// nothing happens; if its id belongs to another process by now, ErrChanged.
	End(ctx context.Context, p Process) error
}
