package file

import (
	"path"
	"strings"

	"github.com/spf13/afero"

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

// leaveDirectory is what becomes of a directory that the run has made and that is
// not empty. It goes aside if a person has decided so, and stays without another
// word if all in it was decided on, or is in conflict itself.
func (t *transaction) leaveDirectory(it *item) error {
	told := map[string]bool{}
	open := false
	for _, other := range t.items {
		if other.err != nil {
			told[other.Name], told[other.stage], told[other.aside] = true, true, true
			open = open || strings.HasPrefix(other.Name, it.Name+"/")
		}
		if other.makesDirectory() {
			told[other.Name] = true // the inner ones were here before
		}
	}
	s := t.env.Settled[it.change.Subject]
	if s.Decision == actions.TakeOurs && s.Back && !open {
		terms, err := termsOf(s)
		if err != nil || len(terms.Moves) == 0 {
			return err
		}
		return wrap("move aside", it.change.Subject, moveTo(t.tree, it.Name, terms.Moves[0].To))
	}
	inside, err := afero.ReadDir(t.tree, it.Name)
	if err != nil {
		return wrap("list", it.change.Subject, err)
	}
	for _, info := range inside {
		if name := path.Join(it.Name, info.Name()); !told[name] && !t.decidedOn(name) {
			return it.conflict("it is not empty and stays: %s is in it", info.Name())
		}
	}
	return nil
}
