package crash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"

	"quiesce/host"
)

// ErrPowerCut is what every call returns once the power is cut.
var ErrPowerCut = errors.New("the power is cut")

// File is something that a disk holds when it is made. The directories that
// lead there need not be told: they get mode 0755 and the time of the clock.
type File struct {
	Name     string // from the root, without a leading slash
	Dir      bool
	Target   string // of a symbolic link
	Data     string
	Mode     fs.FileMode
	UID, GID int
	Modified time.Time
}

// Disk is a file system that can lose its power. It is safe for concurrent use.
type Disk struct {
	clock time.Time

	mu      sync.Mutex
	now     image              // what programs see
	kept    image              // what is durable
	pending []*effect          // what lies between, in order
	named   map[uint64]*effect // what gave an inode its name, since the start
	moved   map[uint64]*effect // what moved it last
	last    uint64             // inode number given last
	count   int                // operations so far
	limit   int                // operations until the power is cut; below 0 it never is
	story   string
}

// New returns a disk that holds files, all durable, and whose clock shows the
// time now.
func New(now time.Time, files ...File) *Disk {
	d := &Disk{clock: now, now: image{}, last: root, limit: -1}
	d.now[root] = &inode{mode: fs.ModeDir | 0o755, modified: now, names: map[string]uint64{}, links: 1}
	for _, f := range files {
		n := d.made(f.Name)
		n.mode, n.uid, n.gid = f.Mode, f.UID, f.GID
		switch {
		case f.Dir:
			n.mode |= fs.ModeDir
		case f.Target != "":
			n.mode |= fs.ModeSymlink
			n.target, n.names = f.Target, nil
		default:
			n.data, n.names = []byte(f.Data), nil
		}
		if !f.Modified.IsZero() {
			n.modified = f.Modified
		}
	}
	d.start(d.now)
	return d
}

// made returns what a name of a new disk stands for, at first a directory.
func (d *Disk) made(name string) *inode {
	if name == "." {
		return d.now[root]
	}
	above := d.made(path.Dir(name))
	if n, ok := above.names[path.Base(name)]; ok {
		return d.now[n]
	}
	d.last++
	above.names[path.Base(name)] = d.last
	d.now[d.last] = &inode{mode: fs.ModeDir | 0o755, modified: d.clock, names: map[string]uint64{}, links: 1}
	return d.now[d.last]
}

// start begins a life of the disk in which all that it holds is durable.
func (d *Disk) start(im image) {
	d.now, d.kept, d.pending = im, im.clone(), nil
	d.named, d.moved = map[uint64]*effect{}, map[uint64]*effect{}
}

// Copy returns a disk that holds the same, all of it durable, and that has
// power.
func (d *Disk) Copy() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := &Disk{clock: d.clock, last: d.last, limit: -1, story: d.story}
	c.start(d.now.clone())
	return c
}

// CrashAfter cuts the power after n more operations: the next one, and every
// call after it, returns ErrPowerCut and does nothing. What could change
// the disk is an operation, and what makes something durable; looking is none.
func (d *Disk) CrashAfter(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count, d.limit = 0, n
}

// Crashed tells whether the power was cut.
func (d *Disk) Crashed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cut()
}

// Pending returns how many effects are not durable.
func (d *Disk) Pending() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.pending)
}

// Story tells what became of the effects at the crashes that led here.
func (d *Disk) Story() string { return d.story }

// Show tells what every name below the root stands for, one line each: mode,
// owner, time, and bytes or target.
func (d *Disk) Show() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Collect(d.now.lines())
}

// Inode returns the number of what a name stands for now; 0 is nothing.
func (d *Disk) Inode(name string) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := uint64(root)
	for part := range strings.SplitSeq(name, "/") {
		n, ok := d.now[at]
		if !ok {
			return 0
		}
		at = n.names[part]
	}
	return at
}

// cut tells whether there is no power any more.
func (d *Disk) cut() bool { return d.limit >= 0 && d.count > d.limit }

// enter locks the disk for a call, unless the power is cut.
func (d *Disk) enter(ctx context.Context, operation bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	d.mu.Lock()
	if operation && !d.cut() {
		d.count++
	}
	if d.cut() {
		d.mu.Unlock()
		return ErrPowerCut
	}
	return nil
}

// Host returns a host that has this disk and nothing else.
func (d *Disk) Host() host.Host {
	return host.New(host.Host{Facts: host.Facts{Name: "crash", OS: "linux", Arch: "amd64"}, Files: d})
}

// Open implements host.Files.
func (d *Disk) Open(ctx context.Context, dir string) (host.Tree, error) {
	fail := func(err error) (host.Tree, error) {
		return nil, &fs.PathError{Op: "open directory", Path: dir, Err: err}
	}
	if !path.IsAbs(dir) {
		return fail(fmt.Errorf("not an absolute path: %w", fs.ErrInvalid))
	}
	if err := d.enter(ctx, false); err != nil {
		return fail(err)
	}
	defer d.mu.Unlock()
	name := path.Clean(dir)[1:]
	if name == "" {
		name = "."
	}
	p, err := d.now.walk(root, name, true)
	switch {
	case err != nil:
		return fail(err)
	case p.inode == 0:
		return fail(fs.ErrNotExist)
	case !d.now[p.inode].mode.IsDir():
		return fail(syscall.ENOTDIR)
	}
	return &tree{d: d, ctx: ctx, dir: dir, root: p.inode}, nil
}
