package crash

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"syscall"
)

// vacant returns the place of a name that nothing has.
func (t *tree) vacant(name string) (place, error) {
	p, err := t.d.now.walk(t.root, name, false)
	switch {
	case err != nil:
		return p, err
	case p.inode != 0:
		return p, fs.ErrExist
	case t.d.now[p.dir].links == 0:
		return p, fs.ErrNotExist
	}
	return p, nil
}

// Mkdir implements afero.Fs.
func (t *tree) Mkdir(name string, perm os.FileMode) error {
	return t.do("mkdir", name, true, func() error { return t.mkdir(name, perm) })
}

func (t *tree) mkdir(name string, perm os.FileMode) error {
	p, err := t.vacant(name)
	if err != nil {
		return err
	}
	t.d.create("mkdir "+name, p, &inode{mode: fs.ModeDir | perm&(fs.ModePerm|fs.ModeSticky)&^umask})
	return nil
}

// MkdirAll implements afero.Fs, as one operation.
func (t *tree) MkdirAll(name string, perm os.FileMode) error {
	return t.do("mkdir", name, true, func() error {
		if err := check(name); err != nil {
			return err
		}
		for i := range len(name) + 1 {
			if i < len(name) && name[i] != '/' {
				continue
			}
			if err := t.mkdir(name[:i], perm); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
		p, err := t.d.now.walk(t.root, name, true)
		if err == nil && (p.inode == 0 || !t.d.now[p.inode].mode.IsDir()) {
			err = syscall.ENOTDIR
		}
		return err
	})
}

// SymlinkIfPossible implements afero.Linker.
func (t *tree) SymlinkIfPossible(target, name string) error {
	return t.do("symlink", name, true, func() error {
		p, err := t.vacant(name)
		if err != nil {
			return err
		}
		if target == "" {
			return fs.ErrNotExist
		}
		t.d.create("symlink "+name, p, &inode{mode: fs.ModeSymlink | fs.ModePerm, target: target})
		return nil
	})
}

// Remove implements afero.Fs.
func (t *tree) Remove(name string) error {
	return t.on("remove", name, true, false, func(p place) error {
		if p.dir != 0 && len(t.d.now[p.inode].names) > 0 {
			return syscall.ENOTEMPTY
		}
		if p.dir == 0 {
			return syscall.EINVAL
		}
		t.d.unlink("remove "+name, p)
		return nil
	})
}

// RemoveAll implements afero.Fs, as one operation that persists in parts.
func (t *tree) RemoveAll(name string) error {
	err := t.on("remove", name, true, false, func(p place) error {
		if p.dir == 0 {
			return syscall.EINVAL
		}
		t.removeAll(p, name)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (t *tree) removeAll(p place, name string) {
	names := t.d.now[p.inode].names
	for _, below := range slices.Sorted(maps.Keys(names)) {
		t.removeAll(place{dir: p.inode, name: below, inode: names[below]}, name+"/"+below)
	}
	t.d.unlink("remove "+name, p)
}

// Rename implements afero.Fs.
func (t *tree) Rename(from, to string) error { return t.move("rename", from, to, t.rename) }

// Place implements host.Placer.
func (t *tree) Place(from, to string) error {
	return t.move("place", from, to, func(what string, a, b place) error {
		if b.inode != 0 {
			return fs.ErrExist
		}
		return t.rename(what, a, b)
	})
}

// move runs an operation on a name that must exist and another.
func (t *tree) move(op, from, to string, f func(what string, a, b place) error) error {
	err := t.on(op, from, true, false, func(a place) error {
		b, err := t.d.now.walk(t.root, to, false)
		switch {
		case err != nil:
			return err
		case a.dir == 0 || b.dir == 0:
			return syscall.EBUSY
		case t.d.now[b.dir].links == 0:
			return fs.ErrNotExist
		}
		return f(op+" "+from+" "+to, a, b)
	})
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return &os.LinkError{Op: op, Old: from, New: to, Err: pe.Err}
	}
	return err
}

// rename moves the inode of a to b. As os.Root has it on every system, what is
// a directory is not replaced, even if it is empty.
func (t *tree) rename(what string, a, b place) error {
	switch {
	case b.inode != 0 && t.d.now[b.inode].mode.IsDir():
		return fs.ErrExist
	case a.inode == b.inode:
		return nil
	case b.within(a.inode):
		return syscall.EINVAL
	case b.inode != 0 && t.d.now[a.inode].mode.IsDir():
		return syscall.ENOTDIR
	}
	t.d.move(what, slot{a.dir, a.name, 0}, slot{b.dir, b.name, a.inode})
	return nil
}

// Exchange implements host.Exchanger.
func (t *tree) Exchange(a, b string) error {
	return t.move("exchange", a, b, func(what string, a, b place) error {
		switch {
		case b.inode == 0:
			return fs.ErrNotExist
		case a.inode == b.inode:
			return nil
		case a.within(b.inode), b.within(a.inode):
			return syscall.EINVAL
		}
		t.d.move(what, slot{a.dir, a.name, b.inode}, slot{b.dir, b.name, a.inode})
		return nil
	})
}

// Link implements Linker.
func (t *tree) Link(from, to string) error {
	return t.move("link", from, to, func(what string, a, b place) error {
		switch {
		case b.inode != 0:
			return fs.ErrExist
		case t.d.now[a.inode].mode.IsDir():
			return fs.ErrPermission
		}
		t.d.move(what, slot{b.dir, b.name, a.inode})
		return nil
	})
}
