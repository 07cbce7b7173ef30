package host

import (
	"errors"
	"fmt"
)

// What a caller may have to decide upon. Missing and existing things wrap
// fs.ErrNotExist and fs.ErrExist, lacking rights fs.ErrPermission, and what a
// driver cannot do errors.ErrUnsupported.
var (
	// ErrInUse: the file is open in a way that forbids what was attempted
	// (Windows: a sharing violation).
	ErrInUse = errors.New("in use")
	// ErrNoSpace: the file system is full.
	ErrNoSpace = errors.New("no space left")
	// ErrDependents: a service cannot stop while others that depend on it run.
	ErrDependents = errors.New("dependents are running")
	// ErrOutside: a name leads out of the directory that confines it.
	ErrOutside = errors.New("leads out of its directory")
	// ErrChanged: a thing is no longer the one that was looked at, such as a
	// process id that was given to another program.
	ErrChanged = errors.New("changed meanwhile")
	// ErrNotStarted: a program could not be started at all, so that it did nothing.
	ErrNotStarted = errors.New("not started")
)

// OpError says which operation failed on which subject.
type OpError struct {
	Op      string // verb and kind of thing: "stop service"
	Subject string
	Err     error
}

func (e *OpError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Subject, e.Err) }

// Unwrap returns the cause.
func (e *OpError) Unwrap() error { return e.Err }
