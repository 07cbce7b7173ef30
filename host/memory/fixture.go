package memory

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
)

// plenty is what is free on a host whose description does not say.
const plenty = 1 << 40

// fixture is the files of a description, which are only read. It implements
// host.Files.
type fixture struct {
	fl    host.Flavour
	now   time.Time
	free  uint64
	items map[string]*item // by key of the absolute path
}

// item is one entry of a fixture. It implements fs.FileInfo.
type item struct {
	name     string
	mode     fs.FileMode
	modified time.Time
	attr     host.Attributes
	data     []byte
	target   string
	denied   bool
	holders  []host.Holder
	xattrs   map[string][]byte
	below    []*item // of a directory
}

func newFixture(d *Description) *fixture {
	f := &fixture{fl: d.Facts().Flavour(), now: d.Now, free: plenty, items: map[string]*item{}}
	if d.Space != nil {
		f.free = uint64(d.Space.Free)
	}
	f.directory(f.root())
	for i := range d.Files {
		f.add(&d.Files[i])
	}
	return f
}

func (f *fixture) root() string {
	if f.fl == host.Windows {
		return `C:\`
	}
	return "/"
}

// add makes the entry of a file, and the directories that lead to it.
func (f *fixture) add(v *File) {
	it := f.at(v.Path)
	mode, _ := parseMode(v.Mode) // checked already
	switch {
	case v.Directory:
		mode |= fs.ModeDir
	case v.Symlink != "":
		mode |= fs.ModeSymlink
	default:
		it.data = v.Data()
	}
	it.mode, it.target, it.denied, it.holders = mode, v.Symlink, v.Deny, v.OpenBy
	if !v.Modified.IsZero() {
		it.modified = v.Modified
	}
	if f.fl == host.POSIX {
		it.attr.UID, it.attr.GID, _ = parseOwner(v.Owner) // checked already
	}
	if !v.Directory {
		it.attr.Links = max(uint64(v.Links), 1)
	}
	it.xattrs, _ = v.Attributes.values() // checked already
}

// directory returns the directory of that path.
func (f *fixture) directory(p string) *item {
	it := f.at(p)
	it.mode |= fs.ModeDir
	return it
}

// at returns the entry of a path, new as an empty directory would be.
func (f *fixture) at(p string) *item {
	if it := f.items[f.fl.Key(p)]; it != nil {
		return it
	}
	dir, name := f.fl.Split(p)
	it := &item{
		name: name, mode: 0o755, modified: f.now,
		attr: host.Attributes{UID: -1, GID: -1, Device: 1, Inode: uint64(len(f.items) + 1), Links: 2},
	}
	if f.fl == host.POSIX {
		it.attr.UID, it.attr.GID = 0, 0
	}
	f.items[f.fl.Key(p)] = it
	if dir != p {
		above := f.directory(dir)
		above.below = append(above.below, it)
	}
	return it
}

// Open implements host.Files.
func (f *fixture) Open(_ context.Context, dir string) (host.Tree, error) {
	it := f.items[f.fl.Key(f.fl.Clean(dir))]
	if it == nil {
		return nil, &fs.PathError{Op: "open directory", Path: dir, Err: fs.ErrNotExist}
	}
	if !it.IsDir() {
		return nil, &fs.PathError{Op: "open directory", Path: dir, Err: syscall.ENOTDIR}
	}
	return &folder{Fs: afero.NewReadOnlyFs(afero.NewMemMapFs()), f: f, dir: f.fl.Clean(dir)}, nil
}

// folder is one directory of a fixture. What would change it is refused by the
// file system that it embeds. Names are those of entries: an overlay follows
// links itself.
type folder struct {
	afero.Fs
	f   *fixture
	dir string
}

func (d *folder) find(op, name string) (*item, error) {
	if it := d.f.items[d.f.fl.Key(d.f.fl.Join(d.dir, name))]; it != nil {
		return it, nil
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Close implements host.Tree.
func (d *folder) Close() error { return nil }

// Open implements afero.Fs.
func (d *folder) Open(name string) (afero.File, error) {
	it, err := d.find("open", name)
	if err != nil {
		return nil, err
	}
	return newReader(it), nil
}

// Stat implements afero.Fs.
func (d *folder) Stat(name string) (fs.FileInfo, error) {
	it, err := d.find("stat", name)
	if err != nil {
		return nil, err
	}
	return it, nil
}

// LstatIfPossible implements afero.Lstater.
func (d *folder) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	info, err := d.Stat(name)
	return info, true, err
}

// ReadlinkIfPossible implements afero.LinkReader.
func (d *folder) ReadlinkIfPossible(name string) (string, error) {
	it, err := d.find("readlink", name)
	if err != nil {
		return "", err
	}
	return it.target, nil
}

// SymlinkIfPossible implements afero.Linker.
func (d *folder) SymlinkIfPossible(_, name string) error {
	return &fs.PathError{Op: "symlink", Path: name, Err: fs.ErrPermission}
}

// Holders implements host.HolderLister.
func (d *folder) Holders(name string) ([]host.Holder, error) {
	it, err := d.find("list holders of", name)
	if err != nil {
		return nil, err
	}
	return append([]host.Holder{}, it.holders...), nil
}

// Allowed implements overlay.Guard.
func (d *folder) Allowed(name string) error {
	it, err := d.find("change", name)
	if err == nil && it.denied {
		err = &fs.PathError{Op: "change", Path: name, Err: fs.ErrPermission}
	}
	return err
}

// Xattrs implements host.Attributor.
func (d *folder) Xattrs(name string) (map[string][]byte, error) {
	it, err := d.find("list attributes of", name)
	if err == nil && d.f.fl == host.Windows {
		err = &fs.PathError{Op: "list attributes of", Path: name, Err: errors.ErrUnsupported}
	}
	if err != nil {
		return nil, err
	}
	return maps.Clone(it.xattrs), nil
}

// SetXattr implements host.Attributor.
func (d *folder) SetXattr(name, _ string, _ []byte) error {
	return &fs.PathError{Op: "set attribute of", Path: name, Err: fs.ErrPermission}
}

// RemoveXattr implements host.Attributor.
func (d *folder) RemoveXattr(name, attr string) error { return d.SetXattr(name, attr, nil) }

// Settable implements host.Attributor: the user of a described host is root.
func (d *folder) Settable(string) error { return nil }

// Renaming implements host.RenamingTeller.
func (d *folder) Renaming(string) (host.Renaming, error) {
	return host.Renaming{Exchange: d.f.fl == host.POSIX, Place: true}, nil
}

// Free implements host.SpaceTeller.
func (d *folder) Free(string) (uint64, uint64, error) { return d.f.free, 1, nil }

// Name implements fs.FileInfo.
func (i *item) Name() string { return i.name }

// Size implements fs.FileInfo.
func (i *item) Size() int64 { return int64(max(len(i.data), len(i.target))) }

// Mode implements fs.FileInfo.
func (i *item) Mode() fs.FileMode { return i.mode }

// ModTime implements fs.FileInfo.
func (i *item) ModTime() time.Time { return i.modified }

// IsDir implements fs.FileInfo.
func (i *item) IsDir() bool { return i.mode.IsDir() }

// Sys implements fs.FileInfo.
func (i *item) Sys() any { return &i.attr }
