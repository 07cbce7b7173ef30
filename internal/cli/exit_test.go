package cli

import (
	"errors"
	"fmt"
	"testing"

	"quiesce/executor"
	"quiesce/executor/runs"
)

func TestExitOf(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, test := range []struct {
		name string
		err  error
		want Exit
	}{
		{"nothing went wrong", nil, Done},
		{"a fault before anything was changed", cause, Fault},
		{"mistakes that were shown", errShown, Fault},
		{"there are changes", errChanges, Changes},
		{"drift", fmt.Errorf("verify: %w", &executor.DriftError{}), Drifted},
		{"a hint does not hide it", hinted(&executor.DriftError{}, "hint"), Drifted},
		{"failed and rolled back", &runError{outcome: executor.RolledBack, err: cause}, RolledBack},
		{"interrupted", &runError{outcome: executor.Interrupted, err: cause}, LookNeeded},
		{"stopped", &runError{outcome: executor.Stopped, err: cause}, LookNeeded},
		{"rollback incomplete", &runError{outcome: executor.Incomplete, err: cause}, LookNeeded},
		{"unfinished", &runError{outcome: executor.Unfinished, err: cause}, LookNeeded},
		{"a run that could not be told", errors.Join(&runError{err: cause}, &runError{outcome: executor.RolledBack, err: cause}), LookNeeded},
		{"another run holds the host", &runs.LockedError{Host: "h"}, AnotherHas},
		{"the lock could not be given back", errors.Join(nil, cause), Fault},
	} {
		if got := exitOf(test.err); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}
