package file

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"quiesce/actions"
	"quiesce/host"
)

const (
	waitLimit = 10 * time.Minute       // in-use: wait, unless the step's timeout ends it before
	waitPoll  = 500 * time.Millisecond // between two looks
)

// takesFile tells whether a change takes a file of the host out of its place.
func takesFile(c actions.Change) bool {
	return (c.Kind == actions.FileReplace || c.Kind == actions.FileRemove) && c.Old.Type == typeFile
}

// checkUse says what is done about files that somebody has open.
func (d *draft) checkUse(context.Context) error {
	lister, able := d.tree.(host.HolderLister)
	for i := range d.Changes {
		c := &d.Changes[i]
		if !takesFile(*c) {
			continue
		}
		var w details
		if err := c.Decode(&w); err != nil {
			return err
		}
		holders, err := []host.Holder(nil), errors.ErrUnsupported
		if able {
			holders, err = lister.Holders(w.Name)
		}
		if err != nil {
			d.unknownUse(c, err)
			return nil // who cannot tell once cannot tell at all
		}
		if len(holders) == 0 {
			continue
		}
		if err := d.inUse(c, w, holders); err != nil {
			return err
		}
	}
	return nil
}

// unknownUse refuses only what must know who has a file open; a rename need not.
func (d *draft) unknownUse(c *actions.Change, err error) {
	if d.action.inUse == inUseFail || d.action.inUse == inUseWait {
		d.Refuse("in-use", "cannot-tell", "use in-use: rename, which need not know", "cannot tell whether %s is open: %v", c.Subject, err)
	}
}

func (d *draft) inUse(c *actions.Change, w details, holders []host.Holder) error {
	switch d.action.inUse {
	case inUseFail:
		d.Refuse("in-use", "in-use", "stop what has it open in an earlier step, or use in-use: rename",
			"%s is open by %s", c.Subject, holdersText(holders, true))
		return nil
	case inUseWait:
		c.Reason += fmt.Sprintf("; open by %s: waits until it is closed", holdersText(holders, false))
		return nil
	case inUseReboot:
		if able, err := canDelay(d.tree, w.Name); err != nil {
			return wrap("ask for renames at the next start, of", c.Subject, err)
		} else if able && c.Kind == actions.FileReplace {
			c.New.State = statePending
			c.Reason += fmt.Sprintf("; open by %s: takes its place at the next start", holdersText(holders, false))
			return nil
		}
		c.Reason += fmt.Sprintf("; open by %s: this host replaces open files at once, so the old one stays open under the name of its backup", holdersText(holders, false))
		return nil
	}
	c.Reason += fmt.Sprintf("; open by %s: the old file stays open under the name of its backup", holdersText(holders, false))
	return nil
}

// canDelay tells whether the host can rename at its next start.
func canDelay(tree host.Tree, name string) (bool, error) {
	delayer, ok := tree.(host.Delayer)
	if !ok {
		return false, nil
	}
	_, err := delayer.Delayed(name, name)
	if errors.Is(err, errors.ErrUnsupported) {
		return false, nil
	}
	return err == nil, err
}

// awaitFree waits, or fails, as in-use says, for the file of a change that is
// about to be taken out of its place.
func (t *transaction) awaitFree(ctx context.Context, it *item) error {
	if !takesFile(it.change) || (it.InUse != inUseWait && it.InUse != inUseFail) {
		return nil
	}
	if it.InUse == inUseWait && t.env.Host.Traits.Volatile {
		return nil // nobody closes files in a simulation: the plan has asked, and says that it waits
	}
	lister, ok := t.tree.(host.HolderLister)
	if !ok {
		return fmt.Errorf("tell whether %s is open: %w", it.change.Subject, errors.ErrUnsupported)
	}
	clock := t.env.Host.Clock
	for began := clock.Now(); ; {
		holders, err := lister.Holders(it.Name)
		if err != nil {
			return fmt.Errorf("tell whether %s is open: %w", it.change.Subject, err)
		}
		if len(holders) == 0 {
			return nil
		}
		if it.InUse == inUseFail || clock.Now().Sub(began) >= waitLimit {
			return fmt.Errorf("replace %s: %w: open by %s", it.change.Subject, host.ErrInUse, holdersText(holders, true))
		}
		if err := clock.Sleep(ctx, waitPoll); err != nil {
			return fmt.Errorf("wait until %s is closed by %s: %w", it.change.Subject, holdersText(holders, true), err)
		}
	}
}

// holdersText names processes, with their ids where they are of use.
func holdersText(holders []host.Holder, ids bool) string {
	names := make([]string, len(holders))
	for i, h := range holders {
		names[i] = h.Process
		if ids {
			names[i] = fmt.Sprintf("%s (process %d)", h.Process, h.PID)
		}
	}
	if !ids {
		slices.Sort(names)
		names = slices.Compact(names)
	}
	return strings.Join(names, ", ")
}
