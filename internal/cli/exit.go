package cli

import (
	"errors"

	"quiesce/executor"
	"quiesce/executor/runs"
)

// Exit is how the program ends.
type Exit int

// The exit codes.
const (
	Done       Exit = 0 // done, or nothing to do
	Fault      Exit = 1 // the command line, the runbook or the host; nothing was changed
	Changes    Exit = 2 // plan --detailed-exitcode: there are changes
	Drifted    Exit = 3 // the host or the pack is not as planned; nothing was changed
	Unapproved Exit = 4 // an approval is missing or does not fit: cannot come up before plans are approved
	RolledBack Exit = 5 // failed, and rolled back
	LookNeeded Exit = 6 // failed, and not (fully) rolled back: somebody must look
	AnotherHas Exit = 7 // another run holds the host
)

// errChanges says that a plan has changes, where that is asked for.
var errChanges = errors.New("the plan has changes")

// runError is how a run ended that did not end well; an empty outcome says that
// the run itself may have, but not all of it could be kept or told.
type runError struct {
	outcome executor.Outcome
	err     error
	shown   bool // it was told already, with the result of the run
}

func (e *runError) Error() string { return e.err.Error() }
func (e *runError) Unwrap() error { return e.err }

// exitOf says which exit code an error means.
func exitOf(err error) Exit {
	var run *runError
	var drift *executor.DriftError
	var locked *runs.LockedError
	switch {
	case err == nil:
		return Done
	case errors.Is(err, errChanges):
		return Changes
	case errors.As(err, &run) && run.outcome == executor.RolledBack:
		return RolledBack
	case errors.As(err, &run):
		return LookNeeded
	case errors.As(err, &drift):
		return Drifted
	case errors.As(err, &locked):
		return AnotherHas
	}
	return Fault
}
