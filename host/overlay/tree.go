package overlay

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
)

// umask is taken from the permissions of what is made.
const umask = 0o022

// tree is one directory of the world. It implements host.Tree and every
// optional interface beside it.
type tree struct {
	f      *files
	ctx    context.Context // bound by Files.Open for the life of the tree
	dir    string
	root   *node
	closed atomic.Bool
}

var (
	_ host.Tree         = (*tree)(nil)
	_ host.Exchanger    = (*tree)(nil)
	_ host.Placer       = (*tree)(nil)
	_ host.Syncer       = (*tree)(nil)
	_ host.Importer     = (*tree)(nil)
	_ host.Digester     = (*tree)(nil)
	_ host.HolderLister = (*tree)(nil)
	_ host.SpaceTeller  = (*tree)(nil)
	_ host.Delayer      = (*tree)(nil)
	_ Guard             = (*tree)(nil)
)

// do runs one operation with the world locked.
func (t *tree) do(op, name string, f func() error) error {
	if t.closed.Load() {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrClosed}
	}
	if err := t.f.w.enter(t.ctx); err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	defer t.f.w.mu.Unlock()
	if err := f(); err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

// on runs an operation on a node that must exist.
func (t *tree) on(op, name string, follow bool, f func(p place) error) error {
	return t.do(op, name, func() error {
		p, err := t.f.walk(t.root, name, follow)
		if err != nil {
			return err
		}
		if p.node == nil {
			return fs.ErrNotExist
		}
		return f(p)
	})
}

// Name implements afero.Fs.
func (t *tree) Name() string { return "overlay " + t.dir }

// Close implements host.Tree. The world goes on.
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
	info, err := t.stat("lstat", name, false)
	return info, true, err
}

func (t *tree) stat(op, name string, follow bool) (found os.FileInfo, err error) {
	err = t.on(op, name, follow, func(p place) error {
		found = p.node.info(baseName(name))
		return nil
	})
	return found, err
}

// Chmod implements afero.Fs. An ACL follows.
func (t *tree) Chmod(name string, mode os.FileMode) error {
	return t.alter("chmod", name, func(n *node) error {
		n.mode = n.mode.Type() | mode&(fs.ModePerm|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky)
		return n.follow(host.AccessACL, func(acl []byte) ([]byte, error) { return host.ACLWithMode(acl, mode) })
	})
}

// Chown implements afero.Fs. As on Linux, it takes the set-user-ID bit and
// the capabilities from files; -1 leaves an id as it is.
func (t *tree) Chown(name string, uid, gid int) error {
	if t.f.w.flavour == host.Windows {
		return &fs.PathError{Op: "chown", Path: name, Err: errors.ErrUnsupported}
	}
	return t.alter("chown", name, func(n *node) error {
		if uid != -1 {
			n.attr.UID = uid
		}
		if gid != -1 {
			n.attr.GID = gid
		}
		if n.content != nil {
			n.mode &^= fs.ModeSetuid
			if n.mode&0o010 != 0 {
				n.mode &^= fs.ModeSetgid
			}
			return n.follow(host.Capabilities, func([]byte) ([]byte, error) { return nil, nil })
		}
		return nil
	})
}

// Chtimes implements afero.Fs. Access times are not kept; a zero time leaves
// the modification time as it is.
func (t *tree) Chtimes(name string, _, modified time.Time) error {
	return t.alter("chtimes", name, func(n *node) error {
		if !modified.IsZero() {
			n.modified = modified.Round(0)
		}
		return nil
	})
}

func (t *tree) alter(op, name string, f func(n *node) error) error {
	return t.on(op, name, true, func(p place) error {
		if err := p.node.denied; err != nil {
			return err
		}
		return f(p.node)
	})
}

// Mkdir implements afero.Fs.
func (t *tree) Mkdir(name string, perm os.FileMode) error {
	return t.do("mkdir", name, func() error { return t.mkdir(name, perm) })
}

func (t *tree) mkdir(name string, perm os.FileMode) error {
	p, err := t.vacant(name)
	if err != nil {
		return err
	}
	mode := perm & (fs.ModePerm | fs.ModeSticky) &^ umask
	t.f.link(p.parent, p.name, t.f.newNode(p.parent, mode|fs.ModeDir))
	return nil
}

// vacant returns the place of a name that nothing has.
func (t *tree) vacant(name string) (place, error) {
	p, err := t.f.walk(t.root, name, false)
	switch {
	case err != nil:
		return p, err
	case p.node != nil:
		return p, fs.ErrExist
	case p.parent.gone:
		return p, fs.ErrNotExist
	}
	return p, p.parent.denied
}

// MkdirAll implements afero.Fs.
func (t *tree) MkdirAll(name string, perm os.FileMode) error {
	return t.do("mkdir", name, func() error {
		if err := check(t.f.w.flavour, name); err != nil {
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
		p, err := t.f.walk(t.root, name, true)
		if err == nil && (p.node == nil || !p.node.isDir()) {
			return syscall.ENOTDIR
		}
		return err
	})
}

// SymlinkIfPossible implements afero.Linker.
func (t *tree) SymlinkIfPossible(target, name string) error {
	return t.do("symlink", name, func() error {
		p, err := t.vacant(name)
		if err != nil {
			return err
		}
		if target == "" {
			return fs.ErrNotExist
		}
		n := t.f.newNode(p.parent, fs.ModeSymlink|fs.ModePerm)
		n.target, n.size = target, int64(len(target))
		t.f.link(p.parent, p.name, n)
		return nil
	})
}

// ReadlinkIfPossible implements afero.LinkReader.
func (t *tree) ReadlinkIfPossible(name string) (target string, err error) {
	err = t.on("readlink", name, false, func(p place) error {
		if !p.node.isLink() {
			return syscall.EINVAL
		}
		target = p.node.target
		return nil
	})
	return target, err
}

// Open implements afero.Fs.
func (t *tree) Open(name string) (afero.File, error) { return t.OpenFile(name, os.O_RDONLY, 0) }

// Create implements afero.Fs.
func (t *tree) Create(name string) (afero.File, error) {
	return t.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// Digest implements host.Digester. What is read to know it is read once, and
// without holding up the world.
func (t *tree) Digest(name string) (sum string, err error) {
	var from *content
	err = t.on("digest", name, true, func(p place) (err error) {
		if from, err = p.node.regular(); err != nil {
			return err
		}
		if err := t.f.readable(t, p); err != nil || from.fs != nil {
			return err
		}
		sum, err = from.digest()
		from.sum = sum
		return err
	})
	if err != nil || sum != "" {
		return sum, err
	}
	return t.f.digestOf(from, name)
}

// digestOf returns the digest of bytes that lie elsewhere, and remembers it.
func (f *files) digestOf(c *content, name string) (string, error) {
	f.w.mu.Lock()
	elsewhere := *c
	f.w.mu.Unlock()
	sum, err := elsewhere.digest()
	if err != nil {
		return "", &fs.PathError{Op: "digest", Path: name, Err: cause(err)}
	}
	f.w.mu.Lock()
	c.sum = sum
	f.w.mu.Unlock()
	return sum, nil
}

// regular returns the content of a regular file.
func (n *node) regular() (*content, error) {
	switch {
	case n.isDir():
		return nil, syscall.EISDIR
	case n.content == nil:
		return nil, syscall.EINVAL
	}
	return n.content, nil
}

// baseName is the name that a FileInfo got by this name carries.
func baseName(name string) string {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			return name[i+1:]
		}
	}
	return name
}

// SyncDir implements host.Syncer. Nothing here needs to be durable.
func (t *tree) SyncDir(dir string) error {
	return t.on("sync", dir, true, func(p place) error {
		if !p.node.isDir() {
			return syscall.ENOTDIR
		}
		return nil
	})
}

// SyncAll implements host.Syncer.
func (t *tree) SyncAll() error { return t.do("sync", t.dir, func() error { return nil }) }
