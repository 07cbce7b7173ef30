package file

import (
	"quiesce/actions"
)

// clash is what keeps the old thing of an item from being put in its place, or
// nil. Directories that the run has made are another matter: what is in them
// decides.
func (t *transaction) clash(it *item) *actions.ConflictError {
	switch it.change.Kind {
	case actions.FileCreate:
		return t.uncreateClash(it)
	case actions.FileRemove:
		return t.unremoveClash(it)
	}
	return t.unreplaceClash(it)
}

func (t *transaction) uncreateClash(it *item) *actions.ConflictError {
	switch {
	case !it.target.there() || it.change.New.Type == typeDirectory || !t.begun:
		return nil
	case it.staged.fits(it.change.New):
		return nil // what is there is not the run's: its own was never placed
	case !it.target.fits(it.change.New):
		return it.conflict("it is not what the run put there, but %s: it is left alone", it.target)
	}
	return nil
}

func (t *transaction) unremoveClash(it *item) *actions.ConflictError {
	switch {
	case it.target.fits(it.change.Old) && !it.staged.there():
		return nil
	case !it.staged.fits(it.change.Old) && !t.begun:
		return nil // somebody else's doing, before the run came to it
	case !it.staged.fits(it.change.Old):
		return it.conflict("its backup %s is not there as it was, but %s", it.stage, it.staged)
	case it.target.there():
		return it.conflict("there is %s in its place, and its backup stays at %s", it.target, it.stage)
	}
	return nil
}

func (t *transaction) unreplaceClash(it *item) *actions.ConflictError {
	backup := it.backup()
	switch {
	case it.target.fits(it.change.Old):
		return nil
	case backup == "" && (!t.begun || it.staged.fits(it.change.New)):
		return nil // somebody else's doing, before the run came to it
	case backup == "":
		return it.conflict("its backup %s is not there as it was, but %s; in its place is %s", it.stage, it.staged, it.target)
	case it.target.there() && !it.target.fits(it.change.New):
		return it.conflict("there is %s in its place, and its backup stays at %s", it.target, backup)
	}
	return nil
}

// settledDirectory tells whether a directory that the run has made and that is
// not empty stays by the decision of a person, or has gone aside by one.
func (t *transaction) settledDirectory(it *item) (bool, error) {
	if len(t.env.Settled) == 0 {
		return false, nil
	}
	s := t.env.Settled[it.change.Subject]
	if s.Decision == actions.TakeOurs && s.Back {
		terms, err := termsOf(s)
		if err != nil || len(terms.Moves) == 0 {
			return false, err
		}
		return true, wrap("move aside", it.change.Subject, moveTo(t.tree, it.Name, terms.Moves[0].To))
	}
	stranger, err := t.onlyDecided(it.Name)
	return stranger == "", err
}
