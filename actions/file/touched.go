package file

import (
	"time"

	"quiesce/actions"
	"quiesce/host"
)

// untouched is the state of an old thing that is there with the planned
// content. Before the run has begun, what else somebody changed of it since the
// plan is a conflict too; after that the run itself may have been at work, and
// content alone decides.
func (it *item) untouched() actions.Status {
	if it.begun {
		return notDone
	}
	old := it.change.Old
	if mode := modeText(it.target.info.Mode()); old.Mode != "" && mode != old.Mode {
		return conflicting("its mode is " + mode + " now, and the plan saw " + old.Mode)
	}
	if a, ok := host.AttributesOf(it.target.info); ok && old.Owner != "" && ownerText(a) != old.Owner {
		return conflicting("its owner is " + ownerText(a) + " now, and the plan saw " + old.Owner)
	}
	if !it.target.is(typeFile) {
		return notDone
	}
	now := it.target.info.ModTime().UTC()
	if planned, err := time.Parse(time.RFC3339Nano, old.Modified); err == nil && compareDates(now, planned) != 0 {
		return conflicting("it has the same content, but was modified " + now.Format(time.RFC3339Nano) + ", and the plan saw " + old.Modified)
	}
	return notDone
}
