package overlay

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"quiesce/host"
)

// maxLinks is how many symbolic links one name may lead through, as os.Root has it.
const maxLinks = 8

// files is the world's tree. It reaches down from the root of each volume; what
// lies above the directories that were opened is bound to nothing and only
// there to find them.
type files struct {
	w       *world
	root    map[string]*node // by volume
	known   map[identity]*node
	bound   []io.Closer
	tellers map[uint64]*origin // one directory of each device
	free    map[uint64]uint64  // what the base had free, by device
	used    map[uint64]int64   // what was written here, by device
	// renaming is how the base changes names, by device.
	renaming map[uint64]renamingAnswer
	delays   []delay
	uid      int
	gid      int
	inode    uint64
	keep     bool
	// boundless: more may be written than the base has space for.
	boundless bool
}

type identity struct{ device, inode uint64 }

// Open implements host.Files.
func (f *files) Open(ctx context.Context, dir string) (host.Tree, error) {
	fail := func(err error) (host.Tree, error) {
		return nil, &fs.PathError{Op: "open directory", Path: dir, Err: err}
	}
	if !f.w.flavour.IsAbs(dir) {
		return fail(errors.Join(fs.ErrInvalid, errors.New("not an absolute path")))
	}
	if err := f.w.enter(ctx); err != nil {
		return fail(err)
	}
	defer f.w.mu.Unlock()
	dir = f.w.flavour.Clean(dir)
	n, err := f.open(ctx, dir, 0)
	if err != nil {
		return fail(err)
	}
	if !n.isDir() {
		return fail(syscall.ENOTDIR)
	}
	return &tree{f: f, ctx: ctx, dir: dir, root: n}, nil
}

// open finds the node of an absolute path. What no open directory of the base
// covers is opened there.
func (f *files) open(ctx context.Context, dir string, links int) (*node, error) {
	volume, names := f.elements(dir)
	n := f.root[volume]
	for i := 0; n != nil && i < len(names); i++ {
		if !n.isDir() {
			return nil, syscall.ENOTDIR
		}
		child, err := f.lookup(n, names[i])
		switch {
		case err != nil:
			return nil, err
		case child == nil && n.origin != nil:
			return nil, fs.ErrNotExist
		case child != nil && child.isLink():
			if links++; links > maxLinks {
				return nil, syscall.ELOOP
			}
			return f.open(ctx, f.redirect(volume, names, i, child.target), links)
		}
		n = child
	}
	if n != nil && !n.vague {
		return n, nil
	}
	return f.bind(ctx, dir, volume, names)
}

// redirect returns the path that names mean when the i-th is a link to target.
func (f *files) redirect(volume string, names []string, i int, target string) string {
	fl := f.w.flavour
	rest := strings.Join(names[i+1:], "/")
	if !fl.IsAbs(target) {
		target = fl.Join(volume, strings.Join(append(slices.Clone(names[:i]), target), "/"))
	}
	return fl.Join(target, rest)
}

// bind opens a directory of the base and puts it into the tree. The base keeps
// it open longer than one call may last.
func (f *files) bind(ctx context.Context, dir, volume string, names []string) (*node, error) {
	base, err := f.w.base.Files.Open(context.WithoutCancel(ctx), dir)
	if err != nil {
		return nil, cause(err)
	}
	info, _, err := base.LstatIfPossible(".")
	if err != nil {
		return nil, errors.Join(err, base.Close())
	}
	attr, _ := host.AttributesOf(info)
	id := identity{attr.Device, attr.Inode}
	if same := f.known[id]; same != nil && id.inode != 0 {
		return same, base.Close() // the same directory under another name
	}
	f.bound = append(f.bound, base)
	n := f.path(volume, names)
	f.known[id] = n
	return n, f.cover(n, info, &origin{base, "."})
}

// path returns the node of a path above which nothing is bound, and makes the
// directories that lead there.
func (f *files) path(volume string, names []string) *node {
	n := f.root[volume]
	if n == nil {
		n = &node{mode: fs.ModeDir, dir: newDirectory(nil), vague: true}
		f.root[volume] = n
	}
	for _, name := range names {
		key := f.w.flavour.Key(name)
		child := n.dir.entries[key].node
		if child == nil {
			child = &node{mode: fs.ModeDir, dir: newDirectory(nil), vague: true}
			n.dir.entries[key] = entry{name, child}
		}
		n = child
	}
	return n
}

// cover lets a directory of the base shine through a node of which only the
// path was known, and through those below it.
func (f *files) cover(n *node, info fs.FileInfo, at *origin) error {
	n.mode, n.modified, n.origin, n.vague = info.Mode(), info.ModTime(), at, false
	n.attr, _ = host.AttributesOf(info)
	n.dir.base, n.dir.listed = at, false
	f.meet(n)
	for key, e := range n.dir.entries {
		if !e.node.vague {
			continue
		}
		below := at.below(e.name)
		info, _, err := at.tree.LstatIfPossible(below.name)
		if err != nil {
			return cause(err)
		}
		if !info.IsDir() {
			delete(n.dir.entries, key) // it was opened through a link
			continue
		}
		if err := f.cover(e.node, info, below); err != nil {
			return err
		}
	}
	return nil
}

// meet remembers a directory of each device.
func (f *files) meet(n *node) {
	if _, ok := f.tellers[n.attr.Device]; !ok {
		f.tellers[n.attr.Device] = n.origin
	}
}

// elements parts a clean absolute path into its volume and names.
func (f *files) elements(dir string) (volume string, names []string) {
	fl := f.w.flavour
	for {
		parent, name := fl.Split(dir)
		if parent == dir || name == "" || name == "/" {
			slices.Reverse(names)
			return dir, names
		}
		names = append(names, name)
		dir = parent
	}
}

// lookup returns the node of a name in a directory, nil if there is none.
func (f *files) lookup(dir *node, name string) (*node, error) {
	key := f.w.flavour.Key(name)
	if e, ok := dir.dir.entries[key]; ok {
		return e.node, nil
	}
	if dir.dir.listed {
		return nil, nil
	}
	if f.w.flavour == host.Windows { // only a listing tells how names are spelled
		if err := f.fill(dir); err != nil {
			return nil, err
		}
		return dir.dir.entries[key].node, nil
	}
	at := dir.dir.base.below(name)
	info, _, err := at.tree.LstatIfPossible(at.name)
	if errors.Is(err, fs.ErrNotExist) {
		dir.dir.entries[key] = entry{name, nil}
		return nil, nil
	}
	if err != nil {
		return nil, cause(err)
	}
	return f.adopt(dir, info)
}

// adopt makes a node of something found in the base directory below dir.
func (f *files) adopt(dir *node, info fs.FileInfo) (*node, error) {
	n, err := nodeOf(info, dir.dir.base.below(info.Name()))
	if err != nil {
		return nil, cause(err)
	}
	if n.isDir() {
		f.meet(n)
	}
	dir.dir.entries[f.w.flavour.Key(info.Name())] = entry{info.Name(), n}
	return n, nil
}

// list completes the names of a directory and returns what is there, sorted.
func (f *files) list(dir *node) ([]entry, error) {
	if !dir.dir.listed {
		if err := f.fill(dir); err != nil {
			return nil, err
		}
	}
	there := make([]entry, 0, len(dir.dir.entries))
	for _, e := range dir.dir.entries {
		if e.node != nil {
			there = append(there, e)
		}
	}
	slices.SortFunc(there, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return there, nil
}

func (f *files) fill(dir *node) error {
	h, err := dir.dir.base.tree.Open(dir.dir.base.name)
	if err != nil {
		return cause(err)
	}
	infos, err := h.Readdir(-1)
	if err := errors.Join(err, h.Close()); err != nil {
		return cause(err)
	}
	for _, info := range infos {
		if _, ok := dir.dir.entries[f.w.flavour.Key(info.Name())]; ok {
			continue
		}
		if _, err := f.adopt(dir, info); err != nil {
			return err
		}
	}
	dir.dir.listed = true
	return nil
}

// link gives a node a name in a directory.
func (f *files) link(dir *node, name string, n *node) {
	dir.dir.entries[f.w.flavour.Key(name)] = entry{name, n}
	n.gone = false
	dir.modified = f.w.clock.Now()
}

// unlink takes a name away. In what shines through it leaves a whiteout.
func (f *files) unlink(dir *node, name string) {
	key := f.w.flavour.Key(name)
	if dir.dir.listed {
		delete(dir.dir.entries, key)
	} else {
		dir.dir.entries[key] = entry{name, nil}
	}
	dir.modified = f.w.clock.Now()
}

// newNode makes a node in a directory.
func (f *files) newNode(parent *node, mode fs.FileMode) *node {
	f.inode++
	n := &node{
		mode: mode, modified: f.w.clock.Now(),
		attr:       host.Attributes{UID: f.uid, GID: f.gid, Device: parent.attr.Device, Inode: f.inode, Links: 1},
		attributes: attributes{known: true},
	}
	if parent.mode&fs.ModeSetgid != 0 {
		n.attr.GID = parent.attr.GID
	}
	switch mode.Type() {
	case fs.ModeDir:
		n.mode |= parent.mode & fs.ModeSetgid
		n.dir, n.attr.Links = newDirectory(nil), 2
	case 0:
		n.content = &content{}
	}
	return n
}

// cause strips what says under which name the base knows a thing.
func cause(err error) error {
	if pe, ok := err.(*fs.PathError); ok {
		return pe.Err
	}
	return err
}
