package file

import (
	"context"
	"errors"
	"fmt"

	"quiesce/actions"
	"quiesce/host"
)

// checkLocks refuses to decide about files that nobody else may read.
func (d *draft) checkLocks(context.Context) error {
	for _, q := range d.places {
		if q.locked == nil {
			continue
		}
		if err := d.refuseLocked("to", q.at); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) refuseLocked(param, at string) error {
	by := ""
	if lister, ok := d.tree.(host.HolderLister); ok {
		holders, err := lister.Holders(at)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return wrap("tell who has open", d.subject(at), err)
		}
		if len(holders) > 0 {
			by = " by " + holdersText(holders, true)
		}
	}
	d.Refuse(param, "locked", "stop what has it open, or leave it out of the pack", "%s cannot be read: it is open%s, which lets nobody else read it", d.subject(at), by)
	return nil
}

// checkLinks refuses to replace files that have other names, unless the runbook
// says so: those go on standing for the old file.
func (d *draft) checkLinks(context.Context) error {
	there := map[string]*place{}
	for _, q := range d.places {
		there[d.subject(q.at)] = q
	}
	for i := range d.Changes {
		c := &d.Changes[i]
		if c.Kind != actions.FileReplace || c.Old.Type != typeFile {
			continue
		}
		a, ok := host.AttributesOf(there[c.Subject].there.info)
		switch {
		case !ok || a.Links < 2:
		case d.action.hardLinks == hardLinksBreak:
			c.Reason += fmt.Sprintf("; has %d names (hard links), and the others keep the old file", a.Links)
			var w details
			if err := c.Decode(&w); err != nil {
				return err
			}
			w.Names = a.Links
			if err := c.Encode(w); err != nil {
				return err
			}
		default:
			d.Refuse("to", "hard-link", "use hard-links: break if they may, else make it a file of its own or leave it out of the pack",
				"%s has %d names (hard links), and the others would keep the old file", c.Subject, a.Links)
		}
	}
	return nil
}
