package crash

import (
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"time"

	"quiesce/host"
)

// root is the inode of the uppermost directory.
const root uint64 = 1

// inode is a file, directory or symbolic link, whatever its names are.
type inode struct {
	mode     fs.FileMode // type and permissions
	uid, gid int
	modified time.Time
	data     []byte            // of files; never written in place
	target   string            // of symbolic links
	names    map[string]uint64 // of directories
	links    uint64            // names that it has
}

// image is one state of a disk.
type image map[uint64]*inode

func (im image) clone() image {
	c := make(image, len(im))
	for number, n := range im {
		same := *n
		same.names = maps.Clone(n.names)
		c[number] = &same
	}
	return c
}

// slot is a name in a directory, and what it stands for: 0 is nothing.
type slot struct {
	dir   uint64
	name  string
	inode uint64
}

// put makes a name stand for an inode.
func (im image) put(s slot, at time.Time) {
	dir := im[s.dir]
	if old := dir.names[s.name]; old != 0 {
		im[old].links--
		delete(dir.names, s.name)
	}
	if s.inode != 0 {
		im[s.inode].links++
		dir.names[s.name] = s.inode
	}
	dir.modified = at
}

// prune drops what has no name.
func (im image) prune() {
	reached := map[uint64]uint64{}
	var visit func(number uint64)
	visit = func(number uint64) {
		reached[number]++
		if reached[number] > 1 {
			return
		}
		for _, below := range im[number].names {
			visit(below)
		}
	}
	visit(root)
	for number, n := range im {
		n.links = reached[number]
	}
	maps.DeleteFunc(im, func(number uint64, _ *inode) bool { return reached[number] == 0 })
}

// lines yields every name below the root, in order, and what it stands for.
func (im image) lines() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) { im.visit(root, ".", yield) }
}

func (im image) visit(number uint64, name string, yield func(string, string) bool) bool {
	n := im[number]
	text := fmt.Sprintf("%v %d:%d %s %s%s", n.mode, n.uid, n.gid, n.modified.UTC().Format(time.RFC3339Nano), n.data, n.target)
	if !yield(name, text) {
		return false
	}
	for _, below := range slices.Sorted(maps.Keys(n.names)) {
		if !im.visit(n.names[below], path.Join(name, below), yield) {
			return false
		}
	}
	return true
}

// info is a snapshot of an inode under one of its names.
type info struct {
	name string
	inode
	attr host.Attributes
}

func (im image) info(number uint64, name string) *info {
	n := im[number]
	links := n.links
	if n.mode.IsDir() {
		links++ // its own point
	}
	return &info{path.Base(name), *n, host.Attributes{UID: n.uid, GID: n.gid, Device: 1, Inode: number, Links: links}}
}

// Name implements fs.FileInfo.
func (i *info) Name() string { return i.name }

// Size implements fs.FileInfo.
func (i *info) Size() int64 { return int64(max(len(i.data), len(i.target))) }

// Mode implements fs.FileInfo.
func (i *info) Mode() fs.FileMode { return i.mode }

// ModTime implements fs.FileInfo.
func (i *info) ModTime() time.Time { return i.modified }

// IsDir implements fs.FileInfo.
func (i *info) IsDir() bool { return i.mode.IsDir() }

// Sys implements fs.FileInfo: a *host.Attributes.
func (i *info) Sys() any {
	attr := i.attr
	return &attr
}
