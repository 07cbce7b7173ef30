package host

import (
	"context"
	"time"
)

// Command is a program to run on the host, without a shell.
type Command struct {
	Argv []string
	Dir  string            // absolute; empty: the directory of Quiesce
	Env  map[string]string // added to the environment
}

// CommandResult is what a program that ran left. Output beyond a driver's
// limit is dropped from its middle, with a note that says so.
type CommandResult struct {
	Exit   int
	Stdout []byte
	Stderr []byte
}

// Commands runs programs on the host.
type Commands interface {
	// Run runs a program to its end. A program that ends with another exit
	// code than 0 is no error; one that is not there wraps fs.ErrNotExist, and
	// one that could not be started, for this or another cause, ErrNotStarted.
	// When ctx ends, the program and its children are ended, and the cause is
	// returned.
	Run(ctx context.Context, c Command) (CommandResult, error)
}

// HTTPRequest is a question to a web server.
type HTTPRequest struct {
	Method   string // GET if empty
	URL      string
	Headers  map[string]string
	Insecure bool // do not verify the server's certificate
	Timeout  time.Duration
}

// HTTPResponse is its answer; Body holds the first 64 KiB.
type HTTPResponse struct {
	Status int
	Body   []byte
}

// Network asks over the network, as seen from the host.
type Network interface {
	// Dial connects by TCP to address:port and closes the connection again.
	Dial(ctx context.Context, address string) error
	// HTTP sends one request and returns the answer, redirects not followed.
	HTTP(ctx context.Context, r HTTPRequest) (HTTPResponse, error)
}
