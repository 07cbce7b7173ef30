package local

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"quiesce/host"
)

// fault is an error of the system together with what it means to callers.
type fault struct {
	kind error // a sentinel of package host, or errors.ErrUnsupported
	err  error
}

func (f *fault) Error() string   { return f.err.Error() }
func (f *fault) Unwrap() []error { return []error{f.kind, f.err} }

// fail says that op failed on name; nil stays nil.
func (t *tree) fail(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: t.path(name), Err: t.meaning(cause(err))}
}

// failBoth is fail for operations on two names.
func (t *tree) failBoth(op, from, to string, err error) error {
	if err == nil {
		return nil
	}
	return &os.LinkError{Op: op, Old: t.path(from), New: t.path(to), Err: t.meaning(cause(err))}
}

// cause takes away what package os says of operation and path: it names calls
// that nobody knows, and paths without their directory.
func cause(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return cause(e.Err)
	case *os.LinkError:
		return cause(e.Err)
	case *os.SyscallError:
		return cause(e.Err)
	}
	return err
}

// meaning adds what a caller may have to decide upon.
func (t *tree) meaning(err error) error {
	if t.escape != nil && errors.Is(err, t.escape) {
		return host.ErrOutside
	}
	return meaning(err)
}

func meaning(err error) error {
	if err == nil {
		return nil
	}
	for _, m := range [...]struct{ errno, kind error }{
		{syscall.ENOSPC, host.ErrNoSpace},
		{errQuota, host.ErrNoSpace},
		{errTextBusy, host.ErrInUse},
		{syscall.EBUSY, host.ErrInUse},
	} {
		if errors.Is(err, m.errno) {
			return &fault{m.kind, err}
		}
	}
	return err
}
