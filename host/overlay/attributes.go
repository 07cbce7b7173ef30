package overlay

import (
	"errors"
	"io/fs"
	"maps"
	"strings"

	"quiesce/host"
)

var (
	_ host.Attributor     = (*tree)(nil)
	_ host.RenamingTeller = (*tree)(nil)
)

// attributes are the extended attributes of a node. Until somebody asks, those
// of the base are not read. A map that was stored is not changed any more.
type attributes struct {
	known bool
	all   map[string][]byte
}

// Xattrs implements host.Attributor. Those of the base are read without
// holding up the world, and once.
func (t *tree) Xattrs(name string) (map[string][]byte, error) {
	var n *node
	var has attributes
	err := t.attribute("list attributes of", name, func(p place) error {
		n, has = p.node, p.node.attributes
		return nil
	})
	if err == nil && !has.known && n.origin != nil {
		has, err = t.f.reachAttributes(n, name)
	}
	return maps.Clone(has.all), err
}

// reachAttributes asks the base for the attributes of a node.
func (f *files) reachAttributes(n *node, name string) (attributes, error) {
	all, err := n.origin.xattrs()
	if err != nil {
		return attributes{}, &fs.PathError{Op: "list attributes of", Path: name, Err: err}
	}
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	if !n.attributes.known {
		n.attributes = attributes{true, all}
	}
	return n.attributes, nil
}

func (o *origin) xattrs() (map[string][]byte, error) {
	a, ok := o.tree.(host.Attributor)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	all, err := a.Xattrs(o.name)
	return all, cause(err)
}

// SetXattr implements host.Attributor. Who may not set it in the base may not
// do so here.
func (t *tree) SetXattr(name, attr string, value []byte) error {
	return t.attribute("set attribute "+attr+" of", name, func(p place) error {
		if p.node.isLink() && strings.HasPrefix(attr, "user.") {
			return fs.ErrPermission
		}
		if err := t.settable(attr); errors.Is(err, fs.ErrPermission) {
			return err
		}
		if attr == host.AccessACL {
			mode, err := host.ModeOfACL(value)
			if err != nil {
				return errors.Join(fs.ErrInvalid, err)
			}
			p.node.mode = p.node.mode&^fs.ModePerm | mode
		}
		return p.node.setAttribute(attr, append([]byte{}, value...))
	})
}

// RemoveXattr implements host.Attributor.
func (t *tree) RemoveXattr(name, attr string) error {
	return t.attribute("remove attribute "+attr+" of", name, func(p place) error { return p.node.setAttribute(attr, nil) })
}

// attribute runs an operation on the attributes of a node, links not followed.
// Windows has none of this kind.
func (t *tree) attribute(op, name string, f func(p place) error) error {
	return t.on(op, name, false, func(p place) error {
		if t.f.w.flavour == host.Windows {
			return errors.ErrUnsupported
		}
		if err := p.node.denied; err != nil {
			return err
		}
		return f(p)
	})
}

// ownAttributes reads those of the base, so that they can be changed here.
func (n *node) ownAttributes() error {
	if n.attributes.known || n.origin == nil {
		return nil
	}
	all, err := n.origin.xattrs()
	if err == nil {
		n.attributes = attributes{true, all}
	}
	return err
}

// setAttribute gives a node an attribute, or takes one away if value is nil.
func (n *node) setAttribute(attr string, value []byte) error {
	if err := n.ownAttributes(); err != nil {
		return err
	}
	all := maps.Clone(n.attributes.all)
	if all == nil {
		all = map[string][]byte{}
	}
	all[attr] = value
	if value == nil {
		delete(all, attr)
	}
	n.attributes.all = all
	return nil
}

// follow changes an attribute, if there is one, along with something else.
func (n *node) follow(attr string, change func(value []byte) ([]byte, error)) error {
	err := n.ownAttributes()
	if errors.Is(err, errors.ErrUnsupported) || err == nil && n.attributes.all[attr] == nil {
		return nil
	}
	if err != nil {
		return err
	}
	value, err := change(n.attributes.all[attr])
	if err != nil {
		return err
	}
	return n.setAttribute(attr, value)
}

// Settable implements host.Attributor: it asks the base, if there is one that
// knows.
func (t *tree) Settable(attr string) error {
	return t.attribute("set attribute "+attr+" below", ".", func(place) error { return t.settable(attr) })
}

func (t *tree) settable(attr string) error {
	if t.root.origin == nil {
		return nil
	}
	if a, ok := t.root.origin.tree.(host.Attributor); ok {
		return cause(a.Settable(attr))
	}
	return errors.ErrUnsupported
}

// Renaming implements host.RenamingTeller. Names are changed here as the base
// changes them; where it does not know, they can be exchanged.
func (t *tree) Renaming(dir string) (r host.Renaming, err error) {
	err = t.on("tell how names are changed in", dir, true, func(p place) error {
		r, err = t.f.renamingOn(deviceOf(p))
		return err
	})
	return r, err
}

// renamingOn returns how the base changes names on a device.
func (f *files) renamingOn(device uint64) (host.Renaming, error) {
	if f.w.flavour == host.Windows {
		return host.Renaming{Place: true}, nil
	}
	known, ok := f.renaming[device]
	if !ok {
		if at := f.tellers[device]; at != nil {
			known.Renaming, known.err = renamingOf(at)
		}
		f.renaming[device] = known
	}
	return known.Renaming, known.err
}

// exchanges tells whether names can be exchanged here.
func (f *files) exchanges(device uint64) bool {
	r, err := f.renamingOn(device)
	return err != nil || r.Exchange
}

// renamingAnswer is what the base answers once and for all.
type renamingAnswer struct {
	host.Renaming
	err error
}

func renamingOf(at *origin) (host.Renaming, error) {
	if base, ok := at.tree.(host.Tree); ok {
		r, err := host.RenamingOf(base, at.name)
		return r, cause(err)
	}
	return host.Renaming{}, errors.ErrUnsupported
}
