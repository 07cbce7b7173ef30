package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"quiesce/host"
)

// New returns this machine, which knows files again by known. Its name is the host name, or localhost where the
// system does not tell.
func New(known *Digests) host.Host {
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "localhost"
	}
	return host.New(host.Host{
		Facts:    host.Facts{Name: name, OS: runtime.GOOS, Arch: runtime.GOARCH},
		Files:    files{known},
		Commands: commands{grace: termGrace, delay: pipeDelay},
		Network:  network{},
		Clock:    host.SystemClock{},
	})
}

// files implements host.Files.
type files struct {
	digests *Digests
}

// Open implements host.Files.
func (f files) Open(ctx context.Context, dir string) (host.Tree, error) {
	if ctx.Err() != nil {
		return nil, &fs.PathError{Op: "open directory", Path: dir, Err: context.Cause(ctx)}
	}
	if !filepath.IsAbs(dir) {
		return nil, &fs.PathError{Op: "open directory", Path: dir, Err: fs.ErrInvalid}
	}
	info, err := os.Stat(dir) // os.OpenRoot would wait for the writer of a named pipe
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open directory", Path: dir, Err: syscall.ENOTDIR}
	}
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	top, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	handle, err := top.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, top.Close(), root.Close())
	}
	t := &tree{ctx: ctx, dir: filepath.Clean(dir), root: root, top: top, handleOfTop: handle, digests: f.digests}
	if err := t.inspect(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	t.buffers.New = func() any { return new([copyBuffer]byte) }
	t.escape = escapeOf(root)
	return t, nil
}

// escapeOf returns the error by which os says that a path leads out of its
// root; os has no name for it.
func escapeOf(root *os.Root) error {
	_, err := root.Lstat("..")
	return cause(err)
}

// tree implements host.Tree and its optional interfaces. It is safe for
// concurrent use.
type tree struct {
	ctx     context.Context
	dir     string // absolute
	root    *os.Root
	top     *os.File // the directory of root
	digests *Digests
	device  uint64 // of the directory
	exact   bool   // its file system keeps identities and times that digests can be known by

	handleOfTop syscall.RawConn
	escape      error
	buffers     sync.Pool // of *[copyBuffer]byte
	leases      sync.Mutex
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
)

// Name implements afero.Fs; it returns the tree's directory.
func (t *tree) Name() string { return t.dir }

// Close implements io.Closer. Files that are open stay so.
func (t *tree) Close() error {
	err := errors.Join(t.root.Close(), t.top.Close())
	if errors.Is(err, fs.ErrClosed) { // it was closed before
		return nil
	}
	return t.fail("close directory", ".", err)
}
