package file

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

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
		default:
			d.Refuse("to", "hard-link", "use hard-links: break if they may, else make it a file of its own or leave it out of the pack",
				"%s has %d names (hard links), and the others would keep the old file", c.Subject, a.Links)
		}
	}
	return nil
}

// checkSpace refuses what does not fit: every new file needs its place, because
// the old ones stay as backups.
func (d *draft) checkSpace(context.Context) error {
	teller, ok := d.tree.(host.SpaceTeller)
	if !ok {
		d.Warn("to", "cannot-tell", "see for yourself", "cannot tell how much space is free below %s", d.root)
		return nil
	}
	need := map[string]int64{} // by the nearest directory that exists
	missing := map[string]bool{}
	for _, c := range d.Changes {
		if c.New == nil || c.Kind == actions.FileKeep {
			continue
		}
		var w details
		if err := c.Decode(&w); err != nil {
			return err
		}
		if c.New.Type == typeDirectory {
			missing[w.Name] = true
			continue
		}
		dir := path.Dir(w.Name)
		for missing[dir] {
			dir = path.Dir(dir)
		}
		need[dir] += c.New.Size
	}
	return d.compareSpace(teller, need)
}

func (d *draft) compareSpace(teller host.SpaceTeller, need map[string]int64) error {
	type volume struct {
		free uint64
		need int64
		dir  string
	}
	volumes := map[uint64]*volume{}
	for _, dir := range slices.Sorted(maps.Keys(need)) {
		free, device, err := teller.Free(dir)
		if errors.Is(err, errors.ErrUnsupported) {
			d.Warn("to", "cannot-tell", "see for yourself", "cannot tell how much space is free below %s", d.subject(dir))
			return nil
		}
		if err != nil {
			return wrap("ask for free space in", d.subject(dir), err)
		}
		v := volumes[device]
		if v == nil {
			v = &volume{free: free, dir: d.subject(dir)}
			volumes[device] = v
		}
		v.need += need[dir]
	}
	for _, device := range slices.Sorted(maps.Keys(volumes)) {
		if v := volumes[device]; uint64(v.need) > v.free {
			d.Refuse("to", "no-space", "free some space: the old files stay beside the new ones until the run is over",
				"no space on the file system of %s: needs %s, has %s", v.dir, bytesText(uint64(v.need)), bytesText(v.free))
		}
	}
	return nil
}

// bytesText writes an amount of bytes for people.
func bytesText(n uint64) string {
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	value, units := float64(n), "kMGTPE"
	i := -1
	for value >= 999.95 {
		value /= 1000
		i++
	}
	return fmt.Sprintf("%.1f %cB", value, units[i])
}
