package file

import (
	"path"

	"quiesce/actions"
)

// state tells from what the host shows whether a change is done.
func (it *item) state() actions.Status {
	switch it.change.Kind {
	case actions.FileCreate:
		return it.createState()
	case actions.FileReplace:
		return it.replaceState()
	case actions.FileRemove:
		return it.removeState()
	}
	return it.keepState()
}

var (
	done    = actions.Status{State: actions.Done}
	notDone = actions.Status{State: actions.NotDone}
)

func conflicting(detail string) actions.Status {
	return actions.Status{State: actions.Conflict, Detail: detail}
}

func (it *item) createState() actions.Status {
	switch {
	case !it.target.there():
		return notDone
	case !it.target.fits(it.change.New):
		return conflicting("expected nothing there, or what the plan puts there, and found " + it.target.String())
	case it.change.New.Type != typeDirectory && it.staged.there():
		return conflicting("somebody else put the same content there: the run's own is still staged as " + path.Base(it.stage))
	}
	return done
}

func (it *item) replaceState() actions.Status {
	isOld, isNew := it.target.fits(it.change.Old), it.target.fits(it.change.New)
	backup := it.backup()
	switch {
	case isOld && it.pending() && it.delayed && it.staged.fits(it.change.New):
		return done
	case isOld:
		return it.untouched()
	case isNew && backup != "":
		return done
	case isNew && !it.begun:
		return conflicting("it is as planned already: an earlier run, or somebody else, has put the new file there")
	case isNew:
		return conflicting("it is as planned already, and its backup " + path.Base(it.stage) + " is gone, or was never made by this run")
	case !it.target.there() && it.asided.fits(it.change.Old):
		return notDone // interrupted between renaming the old file aside and placing the new one
	}
	return conflicting("it is neither the old file nor the new one, but " + it.target.String())
}

func (it *item) removeState() actions.Status {
	switch {
	case it.Within != "":
		return it.carriedState()
	case it.target.fits(it.change.Old) && it.staged.there():
		return conflicting("it is there, and so is its backup " + path.Base(it.stage))
	case it.target.fits(it.change.Old):
		return it.untouched()
	case it.target.there():
		return conflicting("it is not what the plan saw, but " + it.target.String())
	case it.staged.fits(it.change.Old):
		return done
	}
	return conflicting("it is gone, and so is its backup " + path.Base(it.stage))
}

// carriedState is the state of what a removed directory takes along.
func (it *item) carriedState() actions.Status {
	switch {
	case !it.target.fits(it.change.Old):
		return conflicting("it is not what the plan saw, but " + it.target.String())
	case it.moved:
		return done
	}
	return it.untouched()
}

// keepState tells whether what is left alone is still what the plan saw. If
// the rule does not look at it, anything may be there.
func (it *item) keepState() actions.Status {
	if it.change.Rule == ruleNever || it.target.fits(it.change.Old) {
		return done
	}
	return conflicting("the plan left it alone as it was, and now it is " + it.target.String())
}

// backup returns the name that the old file is kept under, or "".
func (it *item) backup() string {
	switch {
	case it.staged.fits(it.change.Old):
		return it.stage
	case it.asided.fits(it.change.Old):
		return it.aside
	}
	return ""
}

// pending tells whether the new file takes its place at the next start.
func (it *item) pending() bool { return it.change.New != nil && it.change.New.State == statePending }
