package overlay

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"quiesce/host"
)

// Guard is a base directory that says, without trying, what the user of the
// host may not do there.
type Guard interface {
	// Allowed returns nil if the file may be read and changed, or the directory
	// looked into and changed; else an error that wraps fs.ErrPermission.
	Allowed(name string) error
}

// Allowed implements Guard, for an overlay on this one.
func (t *tree) Allowed(name string) error {
	return t.on("change", name, false, func(p place) error { return p.node.denied })
}

func (n *node) guarded() bool {
	if n.origin == nil {
		return false
	}
	_, ok := n.origin.tree.(Guard)
	return ok
}

// Holders implements host.HolderLister.
func (t *tree) Holders(name string) (held []host.Holder, err error) {
	err = t.on("list holders of", name, true, func(p place) error {
		held, err = t.f.holders(t, p)
		return err
	})
	return held, err
}

// holders returns who has the file at a place open: processes of the base that
// opened this very file and still run, and those that were started again and
// opened what they find under the name now.
func (f *files) holders(t *tree, p place) ([]host.Holder, error) {
	held := []host.Holder{}
	if p.node.origin != nil {
		there, err := p.node.origin.holders()
		if err != nil {
			return nil, err
		}
		held = append(held, f.whose(there, alive)...)
	}
	if at := t.originOf(p); at != nil && f.anyRestarted() {
		there, err := at.holders()
		if err != nil {
			return nil, err
		}
		held = append(held, f.whose(there, restarted)...)
	}
	slices.SortStableFunc(held, func(a, b host.Holder) int { return cmp.Compare(a.PID, b.PID) })
	return held, nil
}

// whose returns the holders whose process had this fate.
func (f *files) whose(held []host.Holder, what fate) []host.Holder {
	return slices.DeleteFunc(held, func(h host.Holder) bool { return f.w.fate[h.PID] != what })
}

func (f *files) anyRestarted() bool {
	for _, what := range f.w.fate {
		if what == restarted {
			return true
		}
	}
	return false
}

// originOf returns what the base has under the name of a place, whatever has
// the name here.
func (t *tree) originOf(p place) *origin {
	if t.root.origin == nil {
		return nil
	}
	return t.root.origin.below(p.path)
}

func (o *origin) holders() ([]host.Holder, error) {
	l, ok := o.tree.(host.HolderLister)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	held, err := l.Holders(o.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return held, cause(err)
}

// replaceable tells whether the file at a place may be written, removed or
// replaced: on a Windows flavour not while somebody has it open.
func (f *files) replaceable(t *tree, p place) error {
	return f.unlessHeld(t, p, func(h host.Holder) bool { return h.Sharing != "all" })
}

// readable tells whether the file may be read. Whether one of a real machine
// may, opening it shows.
func (f *files) readable(t *tree, p place) error {
	if p.node.denied != nil || !p.node.guarded() {
		return p.node.denied
	}
	return f.unlessHeld(t, p, func(h host.Holder) bool { return h.Sharing == "none" })
}

func (f *files) unlessHeld(t *tree, p place, forbids func(host.Holder) bool) error {
	if f.w.flavour != host.Windows || p.node.content == nil {
		return nil
	}
	held, err := f.holders(t, p)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil // nobody can tell: the real change will show
	}
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(held, forbids); i >= 0 {
		return fmt.Errorf("open by %s (%d): %w", held[i].Process, held[i].PID, host.ErrInUse)
	}
	return nil
}

// idle tells whether nobody has a file below a directory open, which Windows
// asks for before it is renamed.
func (f *files) idle(t *tree, p place) error {
	there, err := f.list(p.node)
	if err != nil {
		return err
	}
	for _, e := range there {
		below := place{parent: p.node, name: e.name, node: e.node, path: path.Join(p.path, e.name)}
		if e.node.isDir() {
			err = f.idle(t, below)
		} else {
			err = f.unlessHeld(t, below, func(host.Holder) bool { return true })
		}
		if err != nil {
			return err
		}
	}
	return nil
}
