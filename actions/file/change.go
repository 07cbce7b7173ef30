package file

import (
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
	w := details{Root: d.root, Name: q.at, Pack: d.pack.dir}
	brought := q.facts
	c.New = &brought
	if v.kind == actions.FileKeep {
		return c, c.Encode(w)
	}
	d.rights(&c, q)
	w.From = q.name
	if v.kind == actions.FileReplace {
		w.InUse = d.action.inUse
	}
	return c, c.Encode(w)
}

// rights says which mode and owner the new thing has, where the plan knows.
func (d *draft) rights(c *actions.Change, q *place) {
	if d.flavour == host.Windows || q.kind == typeSymlink {
		return
	}
	mode := ""
	switch {
	case q.kind == typeFile && d.action.mode != "":
		mode = d.mode
	case c.Kind == actions.FileCreate:
		mode = modeText(q.info.Mode())
	}
	if old := d.oldMode(q); mode != old {
		c.New.Mode = mode
		if c.Old != nil && mode != "" {
			c.Old.Mode = old
		}
	}
	d.ownership(c, q)
}

func (d *draft) oldMode(q *place) string {
	if !q.there.there() {
		return ""
	}
	return modeText(q.there.info.Mode())
}

func (d *draft) ownership(c *actions.Change, q *place) {
	if d.action.owner == "" {
		return
	}
	if c.Old == nil {
		c.New.Owner = d.action.owner
		return
	}
	if a, ok := host.AttributesOf(q.there.info); ok && ownerText(a) != d.action.owner {
		c.Old.Owner, c.New.Owner = ownerText(a), d.action.owner
	}
}
