package overlay

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"quiesce/host"
)

// Remove implements afero.Fs.
func (t *tree) Remove(name string) error {
	return t.on("remove", name, false, func(p place) error {
		if p.node.isDir() && p.parent != nil {
			there, err := t.f.list(p.node)
			if err != nil {
				return err
			}
			if len(there) > 0 {
				return syscall.ENOTEMPTY
			}
		}
		return t.drop(p)
	})
}

// drop takes the name of a place away, and with it the node.
func (t *tree) drop(p place) error {
	if p.parent == nil {
		return syscall.EINVAL
	}
	if err := errors.Join(p.parent.denied, p.node.denied); err != nil {
		return err
	}
	if err := t.f.replaceable(t, p); err != nil {
		return err
	}
	t.f.unlink(p.parent, p.name)
	t.f.release(p.node)
	return nil
}

// RemoveAll implements afero.Fs. What must be asked file by file is removed
// file by file; everything else by one whiteout.
func (t *tree) RemoveAll(name string) error {
	err := t.on("remove", name, false, func(p place) error { return t.dropAll(p) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (t *tree) dropAll(p place) error {
	if p.parent == nil {
		return syscall.EINVAL
	}
	if !p.node.isDir() || (t.f.w.flavour == host.POSIX && !p.node.guarded()) {
		return t.drop(p)
	}
	there, err := t.f.list(p.node)
	if err != nil {
		return err
	}
	var failed []error
	for _, e := range there {
		below := place{p.node, e.name, e.node, p.path + "/" + e.name, append(p.above, p.node)}
		failed = append(failed, t.dropAll(below))
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return t.drop(p)
}

// Rename implements afero.Fs.
func (t *tree) Rename(from, to string) error {
	return t.move("rename", from, to, func(a, b place) error { return t.rename(a, b) })
}

// Place implements host.Placer.
func (t *tree) Place(from, to string) error {
	return t.move("place", from, to, func(a, b place) error {
		if b.node != nil {
			return fs.ErrExist
		}
		return t.rename(a, b)
	})
}

// move runs an operation on a name that must exist and another.
func (t *tree) move(op, from, to string, f func(a, b place) error) error {
	err := t.do(op, from, func() error {
		a, err := t.f.walk(t.root, from, false)
		if err != nil {
			return err
		}
		b, err := t.f.walk(t.root, to, false)
		switch {
		case err != nil:
			return err
		case a.node == nil, b.parent != nil && b.parent.gone:
			return fs.ErrNotExist
		case a.parent == nil || b.parent == nil:
			return syscall.EBUSY
		}
		return f(a, b)
	})
	if err != nil {
		return &os.LinkError{Op: op, Old: from, New: to, Err: cause(err)}
	}
	return nil
}

// rename moves the node of a to b. As os.Root has it on every system, what is a
// directory is not replaced, even if it is empty.
func (t *tree) rename(a, b place) error {
	respelled := a.node == b.node && a.name != b.name // where case does not count
	switch {
	case b.node == nil || respelled:
	case b.node.isDir():
		return fs.ErrExist
	case a.node == b.node:
		return nil
	case a.node.isDir() && !b.within(a.node):
		return syscall.ENOTDIR
	}
	if err := t.movable(a, b); err != nil {
		return err
	}
	if b.node != nil && !respelled {
		if err := t.drop(b); err != nil {
			return err
		}
	}
	t.f.unlink(a.parent, a.name)
	t.f.link(b.parent, b.name, a.node)
	return nil
}

// movable tells whether the node of a may move to b, whoever is there.
func (t *tree) movable(a, b place) error {
	switch {
	case a.node != b.node && b.within(a.node):
		return syscall.EINVAL
	case a.parent.attr.Device != b.parent.attr.Device, a.node.isDir() && a.node.attr.Device != b.parent.attr.Device:
		return syscall.EXDEV
	}
	if err := errors.Join(a.node.denied, a.parent.denied, b.parent.denied); err != nil {
		return err
	}
	if a.node.isDir() && t.f.w.flavour == host.Windows {
		return t.f.idle(t, a)
	}
	return nil
}

// Exchange implements host.Exchanger. Windows knows no such thing, nor does
// what the base says of its file systems.
func (t *tree) Exchange(a, b string) error {
	return t.move("exchange", a, b, func(a, b place) error {
		switch {
		case !t.f.exchanges(a.parent.attr.Device):
			return errors.ErrUnsupported
		case b.node == nil:
			return fs.ErrNotExist
		case a.node == b.node:
			return nil
		case a.within(b.node):
			return syscall.EINVAL
		}
		if err := t.movable(a, b); err != nil {
			return err
		}
		if err := b.node.denied; err != nil {
			return err
		}
		t.f.link(a.parent, a.name, b.node)
		t.f.link(b.parent, b.name, a.node)
		return nil
	})
}
