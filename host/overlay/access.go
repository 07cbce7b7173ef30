package overlay

import "quiesce/host"

var _ host.Accessor = (*tree)(nil)

// Writable implements host.Accessor: what was made here may be written to, and
// of the rest the base knows.
func (t *tree) Writable(dir string) error {
	return t.on("write to", dir, true, func(p place) error {
		if p.node.denied != nil || p.node.origin == nil {
			return p.node.denied
		}
		if a, ok := p.node.origin.tree.(host.Accessor); ok {
			return cause(a.Writable(p.node.origin.name))
		}
		return nil
	})
}

// Givable implements host.Accessor: it asks the base, if there is one that knows.
func (t *tree) Givable(uid, gid int) error {
	return t.on("give away a file below", ".", true, func(p place) error {
		if p.node.origin == nil {
			return nil
		}
		if a, ok := p.node.origin.tree.(host.Accessor); ok {
			return cause(a.Givable(uid, gid))
		}
		return nil
	})
}
