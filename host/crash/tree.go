package crash

import (
	"context"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
)

const (
	umask       = 0o022 // taken from the permissions of what is made
	permissions = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
)

// tree is one directory of a disk.
type tree struct {
	d      *Disk
	ctx    context.Context // bound by Open for the life of the tree
	dir    string
	root   uint64
	closed atomic.Bool
}

var (
	_ host.Tree      = (*tree)(nil)
	_ host.Exchanger = (*tree)(nil)
	_ host.Placer    = (*tree)(nil)
	_ host.Syncer    = (*tree)(nil)
	_ host.Importer  = (*tree)(nil)
	_ Linker         = (*tree)(nil)
)

// Linker gives a file a second name. Every tree of a disk does.
type Linker interface {
	// Link makes to, which must not exist, a name of the file from (link(2)).
	Link(from, to string) error
}

// do runs one call with the disk locked.
func (t *tree) do(op, name string, operation bool, f func() error) error {
	err := fs.ErrClosed
	if !t.closed.Load() {
		err = t.d.enter(t.ctx, operation)
	}
	if err == nil {
		defer t.d.mu.Unlock()
		err = f()
	}
	if err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

// on runs a call on a name that must exist.
func (t *tree) on(op, name string, operation, follow bool, f func(p place) error) error {
	return t.do(op, name, operation, func() error {
		p, err := t.d.now.walk(t.root, name, follow)
		if err == nil && p.inode == 0 {
			err = fs.ErrNotExist
		}
		if err != nil {
			return err
		}
		return f(p)
	})
}

// Name implements afero.Fs.
func (t *tree) Name() string { return "crash " + t.dir }

// Close implements host.Tree.
func (t *tree) Close() error {
	if t.closed.Swap(true) {
		return &fs.PathError{Op: "close", Path: t.dir, Err: fs.ErrClosed}
	}
	return nil
}

// Stat implements afero.Fs.
func (t *tree) Stat(name string) (os.FileInfo, error) { return t.stat("stat", name, true) }

// LstatIfPossible implements afero.Lstater.
func (t *tree) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	i, err := t.stat("lstat", name, false)
	return i, true, err
}

func (t *tree) stat(op, name string, follow bool) (i os.FileInfo, err error) {
	err = t.on(op, name, false, follow, func(p place) error {
		i = t.d.now.info(p.inode, name)
		return nil
	})
	return i, err
}

// ReadlinkIfPossible implements afero.LinkReader.
func (t *tree) ReadlinkIfPossible(name string) (target string, err error) {
	err = t.on("readlink", name, false, false, func(p place) error {
		if target = t.d.now[p.inode].target; target == "" {
			return syscall.EINVAL
		}
		return nil
	})
	return target, err
}

// Chmod implements afero.Fs.
func (t *tree) Chmod(name string, mode os.FileMode) error {
	return t.on("chmod", name, true, true, func(p place) error {
		t.d.dress("chmod "+name, p.inode, func(n *inode) { n.mode = n.mode.Type() | mode&permissions })
		return nil
	})
}

// Chown implements afero.Fs. As on Linux, it takes the set-user-ID bit from
// files; -1 leaves an id as it is.
func (t *tree) Chown(name string, uid, gid int) error {
	return t.on("chown", name, true, true, func(p place) error {
		t.d.dress("chown "+name, p.inode, func(n *inode) {
			if uid != -1 {
				n.uid = uid
			}
			if gid != -1 {
				n.gid = gid
			}
			if n.mode.IsRegular() {
				n.mode &^= fs.ModeSetuid
			}
		})
		return nil
	})
}

// Chtimes implements afero.Fs. Access times are not kept; a zero time leaves
// the modification time as it is.
func (t *tree) Chtimes(name string, _, modified time.Time) error {
	return t.on("chtimes", name, true, true, func(p place) error {
		t.d.dress("chtimes "+name, p.inode, func(n *inode) {
			if !modified.IsZero() {
				n.modified = modified.Round(0)
			}
		})
		return nil
	})
}

// SyncDir implements host.Syncer.
func (t *tree) SyncDir(dir string) error {
	return t.on("sync", dir, true, true, func(p place) error {
		if !t.d.now[p.inode].mode.IsDir() {
			return syscall.ENOTDIR
		}
		t.d.syncInode(p.inode)
		return nil
	})
}

// SyncAll implements host.Syncer.
func (t *tree) SyncAll() error {
	return t.do("sync", t.dir, true, func() error {
		t.d.syncAll()
		return nil
	})
}

// Open implements afero.Fs.
func (t *tree) Open(name string) (afero.File, error) { return t.OpenFile(name, os.O_RDONLY, 0) }

// Create implements afero.Fs.
func (t *tree) Create(name string) (afero.File, error) {
	return t.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// OpenFile implements afero.Fs.
func (t *tree) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	h := &handle{t: t, name: name, flag: flag}
	changes := flag&(os.O_CREATE|os.O_TRUNC) != 0
	err := t.do("open", name, changes, func() error {
		p, err := t.d.now.walk(t.root, name, flag&os.O_EXCL == 0 || flag&os.O_CREATE == 0)
		if err != nil {
			return err
		}
		h.inode = p.inode
		if p.inode != 0 {
			return t.d.open(p.inode, flag)
		}
		if flag&os.O_CREATE == 0 || t.d.now[p.dir].links == 0 {
			return fs.ErrNotExist
		}
		h.inode = t.d.create("create "+name, p, &inode{mode: perm & permissions &^ umask})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// open opens what exists already.
func (d *Disk) open(number uint64, flag int) error {
	n := d.now[number]
	switch {
	case flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0:
		return fs.ErrExist
	case n.mode.IsDir() && (writes(flag) || flag&os.O_CREATE != 0):
		return syscall.EISDIR
	case flag&os.O_TRUNC != 0:
		d.fill(number, nil)
	}
	return nil
}
