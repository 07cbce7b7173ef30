package file

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"quiesce/actions"
	"quiesce/host"
)

var _ actions.Sizer = operator{}

// blockSize is what file systems give out at a time, in bytes: that of ext4,
// XFS and NTFS as they are made by default.
const blockSize = 4096

// entrySize is what a name takes in its directory beside its own letters, in
// bytes; a directory that was split is only half full.
const entrySize = 8

// Room implements actions.Sizer: the new files lie beside the old ones, which
// stay as backups.
func (operator) Room(ctx context.Context, env *actions.Env, changes []actions.Change, begun bool) ([]actions.Room, error) {
	changes, err := remaining(env, changes)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	var first details
	if err := changes[0].Decode(&first); err != nil {
		return nil, err
	}
	r := &room{
		env: env, root: first.Root, begun: begun,
		bytes: map[string]int64{}, entries: map[string]int64{},
	}
	r.tree, err = env.Host.Files.Open(ctx, r.root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, wrap("open", r.root, err)
	}
	err = r.add(ctx, changes)
	var rooms []actions.Room
	if err == nil {
		rooms, err = r.rooms()
	}
	if r.tree != nil {
		err = errors.Join(err, wrap("close", r.root, r.tree.Close()))
	}
	return rooms, err
}

// room adds up what changes take, by directory.
type room struct {
	env     *actions.Env
	root    string
	tree    host.Tree // nil if the root is not there yet
	begun   bool      // an earlier attempt may have taken some of it
	bytes   map[string]int64
	entries map[string]int64 // of new names
}

func (r *room) add(ctx context.Context, changes []actions.Change) error {
	for i := range changes {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		c := &changes[i]
		if c.New == nil || c.Kind == actions.FileKeep {
			continue
		}
		name := r.name(c.Subject)
		left, err := r.left(c, name)
		if err != nil {
			return wrap("look at", c.Subject, err)
		}
		dir := path.Dir(name)
		stage := stageName(path.Base(name), r.env.Run, r.env.Step)
		r.bytes[dir] += left
		if left > 0 {
			r.entries[dir] += 2 * (entrySize + int64(len(stage)))
		}
		if c.New.Type == typeDirectory && left > 0 {
			r.bytes[dir] -= left // it takes them as a directory with entries
			r.entries[name]++
		}
	}
	return nil
}

// name is a subject below the root, slash-separated. Reading it out of the
// change costs ten times as much.
func (r *room) name(subject string) string {
	name := strings.TrimPrefix(subject, r.root)
	if r.env.Host.Facts.Flavour() == host.Windows {
		name = strings.ReplaceAll(name, `\`, "/")
	}
	return strings.TrimLeft(name, "/")
}

// left returns the bytes that a change has still to take.
func (r *room) left(c *actions.Change, name string) (int64, error) {
	needs := int64(blockSize)
	if c.New.Type == typeFile {
		needs = blocks(c.New.Size)
	}
	if !r.begun || r.tree == nil {
		return needs, nil
	}
	target, err := look(r.tree, name)
	if err != nil {
		return 0, err
	}
	if c.Kind == actions.FileCreate && target.there() {
		return 0, nil
	}
	stage := stageName(name, r.env.Run, r.env.Step)
	staged, err := look(r.tree, stage)
	if err != nil {
		return 0, err
	}
	if !staged.there() {
		aside, err := look(r.tree, stage+asideSuffix)
		if err != nil || !aside.there() {
			return needs, err
		}
		return 0, nil // the new file has taken its place
	}
	if swapped := c.Old != nil && staged.info.Size() == c.Old.Size && target.there() && target.info.Size() == c.New.Size; swapped {
		return 0, nil
	}
	return max(0, needs-blocks(staged.info.Size())), nil
}

// blocks rounds up to what a file system gives out.
func blocks(size int64) int64 { return (size + blockSize - 1) / blockSize * blockSize }

// rooms gathers the directories by file system: that of the root, and those
// that are mounted below it.
func (r *room) rooms() ([]actions.Room, error) {
	for dir, size := range r.entries {
		r.bytes[dir] += blocks(size)
	}
	m := mounts{tree: r.tree, known: map[string]mount{}}
	needs := map[string]int64{}
	for dir, size := range r.bytes {
		on, err := m.of(dir)
		if err != nil {
			return nil, wrap("look at", r.env.Host.Facts.Flavour().Join(r.root, dir), err)
		}
		if size > 0 {
			needs[on.dir] += size
		}
	}
	var rooms []actions.Room
	for dir, size := range needs {
		rooms = append(rooms, actions.Room{Dir: r.env.Host.Facts.Flavour().Join(r.root, dir), Bytes: size})
	}
	slices.SortFunc(rooms, func(a, b actions.Room) int { return strings.Compare(a.Dir, b.Dir) })
	return rooms, nil
}

// mounts knows where the file systems below a directory begin.
type mounts struct {
	tree  host.Tree
	known map[string]mount
}

// mount is the outermost directory of a file system below the root.
type mount struct {
	dir    string
	device uint64
}

// of returns the mount that a directory is on; one that is not there will be on
// that of its parent.
func (m *mounts) of(dir string) (mount, error) {
	at, ok := m.known[dir]
	if ok || m.tree == nil {
		return mount{cmp.Or(at.dir, "."), at.device}, nil
	}
	if dir != "." {
		above, err := m.of(path.Dir(dir))
		if err != nil {
			return mount{}, err
		}
		at = above
	}
	d, err := look(m.tree, dir)
	if err != nil {
		return mount{}, err
	}
	if d.is(typeDirectory) {
		if a, _ := host.AttributesOf(d.info); dir == "." || a.Device != at.device {
			at = mount{dir, a.Device}
		}
	}
	m.known[dir] = at
	return at, nil
}
