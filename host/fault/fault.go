package fault

import (
	"io/fs"
	"path"
	"slices"
	"sync"
	"syscall"

	"quiesce/host"
)

// Plan says what fails. The zero Plan lets nothing fail.
type Plan struct {
	// Nth is the operation that fails, counted from 1 among those that match
	// Op and Subject; 0 means none.
	Nth int
	// Lasting: every one that matches fails from the n-th on.
	Lasting bool
	// Op, if not empty, is the only kind of operation that matches, such as
	// rename, write or stop service.
	Op string
	// Subject, if not empty, is the only subject that matches: an absolute
	// path, the name of a service. In a glob of package path, * matches within
	// one element.
	Subject string
	// Err is what a failing operation returns, wrapped; syscall.EIO if nil.
	Err error
	// Short lets a failing write write half of its bytes before.
	Short bool
	// Counter, if not nil, is told what happens.
	Counter *Counter
}

// Counter is how many operations a host has seen. It is safe for concurrent use.
type Counter struct {
	mu     sync.Mutex
	seen   []Operation
	failed int
	last   string
}

// Operation is one call that a host has seen.
type Operation struct {
	Op      string // as Plan.Op
	Subject string // as Plan.Subject
}

// Seen returns how many operations matched.
func (c *Counter) Seen() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}

// Operations returns those that matched, in their order. Those of parallel
// work come in any order, but there are always the same ones: a sweep that must
// not miss any fails each by its kind, its subject and its number among those.
func (c *Counter) Operations() []Operation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.seen)
}

// Failed returns how many of them were made to fail.
func (c *Counter) Failed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// Last returns the last that was made to fail: its kind and its subject.
func (c *Counter) Last() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// next counts one operation and tells whether it fails.
func (c *Counter) next(p *Plan, op, subject string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, Operation{op, subject})
	fails := p.Nth > 0 && (len(c.seen) == p.Nth || (p.Lasting && len(c.seen) > p.Nth))
	if fails {
		c.failed++
		c.last = op + " " + subject
	}
	return fails
}

// New returns a host that does what base does, except what the plan lets fail.
func New(base host.Host, plan Plan) host.Host {
	base = host.New(base)
	if plan.Counter == nil {
		plan.Counter = &Counter{}
	}
	if plan.Err == nil {
		plan.Err = syscall.EIO
	}
	p := &plan
	faulty := base
	faulty.Files = files{base.Files, base.Facts.Flavour(), p}
	faulty.Services = services{base.Services, p}
	faulty.Processes = processes{base.Processes, p}
	faulty.Connections = connections{base.Connections, p}
	faulty.Monitors = monitors{base.Monitors, p}
	faulty.Commands = commands{base.Commands, p}
	faulty.Network = network{base.Network, p}
	return faulty
}

// fails counts an operation and tells whether it fails.
func (p *Plan) fails(op, subject string) bool {
	if p.Op != "" && p.Op != op {
		return false
	}
	if p.Subject != "" && p.Subject != subject {
		if matched, err := path.Match(p.Subject, subject); err != nil || !matched {
			return false
		}
	}
	return p.Counter.next(p, op, subject)
}

// check is fails, for operations on anything but files.
func (p *Plan) check(op, subject string) error {
	if p.fails(op, subject) {
		return &host.OpError{Op: op, Subject: subject, Err: p.Err}
	}
	return nil
}

// checkFile is fails, for operations on files.
func (p *Plan) checkFile(op, subject string) error {
	if p.fails(op, subject) {
		return &fs.PathError{Op: op, Path: subject, Err: p.Err}
	}
	return nil
}
