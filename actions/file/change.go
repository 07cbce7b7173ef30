package file

import (
	"path"

	"quiesce/actions"
	"quiesce/host"
)

// statePending is the state of a file that takes its place when the machine
// starts next.
const statePending = "pending-restart"

// details is what the operator needs of a change besides its facts.
type details struct {
	Root   string `json:"root"`             // the directory of the host that the step works in
	Name   string `json:"name"`             // below root, slash-separated
	Pack   string `json:"pack,omitempty"`   // the pack's folder, absolute, where Quiesce runs
	From   string `json:"from,omitempty"`   // name in the pack
	Within string `json:"within,omitempty"` // of a removal: the removed directory that takes it along
	InUse  string `json:"in-use,omitempty"` // what is done if it is open

	// Of a replaced file: how the new one takes its place, the extended
	// attributes that it gets from the old one, by name with their SHA-256, and
	// whether it gets none.
	Swap       string            `json:"swap,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Drop       bool              `json:"drop-attributes,omitempty"`
	// Names is how many names it has, if more than one, and may lose.
	Names uint64 `json:"names,omitempty"`
}

// undoOf tells in words how each change is taken back.
func undoOf(kind, typ string) string {
	switch {
	case kind == actions.FileCreate && typ == typeDirectory:
		return "the directory is removed if it is empty"
	case kind == actions.FileCreate:
		return "it is removed"
	case kind == actions.FileReplace:
		return "the old file is put back from its backup beside it"
	case kind == actions.FileRemove:
		return "it is put back from its backup"
	}
	return ""
}

// changeOf writes a decision down as a change.
func (d *draft) changeOf(q *place, v verdict) (actions.Change, error) {
	c := actions.Change{
		Kind: v.kind, Subject: d.subject(q.at), Fidelity: actions.Exact,
		Rule: v.rule, Reason: v.reason, Undo: undoOf(v.kind, q.kind),
	}
	if q.there.there() {
		old := q.old.facts
		c.Old = &old
	}
	w := details{Root: d.root, Name: q.at, Pack: d.pack.dir, From: q.name}
	brought := q.facts
	c.New = &brought
	if v.kind == actions.FileKeep {
		return c, c.Encode(w)
	}
	d.rights(&c, q)
	if v.kind == actions.FileReplace {
		w.InUse = d.action.inUse
		var err error
		if w.Swap, err = d.swapIn(path.Dir(q.at)); err != nil {
			return c, err
		}
		d.carry(&c, &w, q)
	}
	return c, c.Encode(w)
}

// rights says which mode and owner the new thing has beside those of the old
// one. Who owns what is made anew is known only if the step says so.
func (d *draft) rights(c *actions.Change, q *place) {
	if d.flavour == host.Windows || q.kind == typeSymlink {
		return
	}
	if c.Old != nil {
		d.identify(c.Old, q.there)
		c.New.Mode, c.New.Owner = c.Old.Mode, c.Old.Owner
	} else {
		c.New.Mode = modeText(q.info.Mode())
	}
	if q.kind == typeFile && d.action.mode != "" {
		c.New.Mode = d.mode
	}
	if d.action.owner != "" {
		c.New.Owner = d.action.owner
	}
}

// identify adds to the facts of a thing who may do what with it.
func (d *draft) identify(f *actions.Facts, t thing) {
	if d.flavour == host.Windows || t.kind == typeSymlink {
		return
	}
	f.Mode = modeText(t.info.Mode())
	if a, ok := host.AttributesOf(t.info); ok && a.UID >= 0 {
		f.Owner = ownerText(a)
	}
}
