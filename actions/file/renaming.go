package file

import (
	"context"
	"errors"
	"path"

	"quiesce/actions"
	"quiesce/host"
)

// How a file takes the place of another.
const (
	swapExchange = "exchange"     // by one step: there is always one of them
	swapAside    = "rename-aside" // by two: between them there is none
)

// swapIn tells how files of a directory are replaced; "" if trying will show it.
func (d *draft) swapIn(dir string) (string, error) {
	if how, ok := d.swaps[dir]; ok {
		return how, nil
	}
	r, err := host.RenamingOf(d.tree, dir)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return "", wrap("ask how names are changed in", d.subject(dir), err)
	}
	how := swapAside
	switch {
	case err != nil:
		how = ""
	case r.Exchange:
		how = swapExchange
	}
	if d.swaps == nil {
		d.swaps = map[string]string{}
	}
	d.swaps[dir] = how
	return how, nil
}

// checkRenaming warns where a file is absent while it is replaced, and where
// somebody else's could be lost. On Windows it is always so, and the guide says
// it.
func (d *draft) checkRenaming(context.Context) error {
	if d.flavour == host.Windows {
		return nil
	}
	files, first := map[string]int{}, map[string]string{}
	alters := false
	for _, c := range d.Changes {
		alters = alters || actions.Alters(c.Kind)
		if c.Kind != actions.FileReplace {
			continue
		}
		var w details
		if err := c.Decode(&w); err != nil {
			return err
		}
		if files[w.Swap]++; files[w.Swap] == 1 {
			first[w.Swap] = d.subject(path.Dir(w.Name))
		}
	}
	if n := files[swapAside]; n > 0 {
		d.Warn("to", swapAside, "stop what uses them in an earlier step",
			"the file system of %s cannot exchange two names: targets (%d) are absent for a moment while they are replaced", first[swapAside], n)
	}
	if n := files[""]; n > 0 {
		d.Warn("to", "cannot-tell", "stop what uses them in an earlier step",
			"cannot tell whether the file system of %s can exchange two names: if not, targets (%d) are absent for a moment while they are replaced", first[""], n)
	}
	r, err := host.RenamingOf(d.tree, ".")
	if err == nil && !r.Place && alters {
		d.Warn("to", "no-place", "let nobody else write there during the run",
			"the file system of %s cannot rename without replacing: what somebody else puts in a new place in the very moment is lost", d.root)
	}
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return wrap("ask how names are changed in", d.root, err)
}
