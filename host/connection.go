package host

import "context"

// The protocols of connections. Pipe is a named pipe or an SMB session that a
// client has open; UDP has peers, but no connections.
const (
	TCP  = "tcp"
	UDP  = "udp"
	Pipe = "pipe"
)

// Connection is one connection of a client to the host, as seen at one moment.
// Listeners are none.
type Connection struct {
	ID       string // identity: the same peer that comes back has another
	Protocol string // TCP, UDP or Pipe
	Local    string // address:port, or the name of the pipe
	Remote   string // address:port, or the client's name
	Port     int    // local port; 0 for pipes
	PID      int
	Process  string
	Service  string
	Client   string // what the client is, where the host knows: User Manager
	// Own marks a session of the person who runs Quiesce; it is never ended.
	Own bool
}

// Connections is the connection table of a host.
type Connections interface {
	// List returns every connection, sorted by protocol, local and remote
	// address, and ID.
	List(ctx context.Context) ([]Connection, error)
	// End ends this very connection; if it is gone already nothing happens.
	// One with Own set is refused with fs.ErrPermission. What has no way to be
	// ended wraps errors.ErrUnsupported.
	End(ctx context.Context, c Connection) error
}
