package overlay

import (
	"io/fs"
	"path"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
)

// source is what the overlay does with a directory of the base: it reads.
// Holding no more than this, it cannot write there.
type source interface {
	Open(name string) (afero.File, error)
	afero.Lstater
	afero.LinkReader
}

// origin is where the base has a node.
type origin struct {
	tree source
	name string // relative to tree
}

func (o *origin) below(name string) *origin { return &origin{o.tree, path.Join(o.name, name)} }

// node is one file, directory or symbolic link, whatever its names are.
type node struct {
	mode     fs.FileMode // type and permissions
	size     int64
	modified time.Time
	attr     host.Attributes
	origin   *origin    // nil if it was made here
	content  *content   // of regular files
	target   string     // of symbolic links
	dir      *directory // of directories
	gone     bool       // it has no name any more
	denied   error      // the base forbids to look into it or change it
	vague    bool       // a directory that only leads to one that was opened
	attributes
}

// directory is the names in a directory. A nil node is a whiteout.
type directory struct {
	entries map[string]entry // by the flavour's key of the name
	// base is the directory that shines through; nil makes it opaque.
	base *origin
	// listed: every name that shines through is in entries.
	listed bool
}

type entry struct {
	name string
	node *node
}

func newDirectory(base *origin) *directory {
	return &directory{entries: map[string]entry{}, base: base, listed: base == nil}
}

// nodeOf makes the node of something that the base has.
func nodeOf(info fs.FileInfo, at *origin) (*node, error) {
	attr, _ := host.AttributesOf(info)
	n := &node{mode: info.Mode(), size: info.Size(), modified: info.ModTime(), attr: attr, origin: at}
	switch n.mode.Type() {
	case fs.ModeDir:
		n.dir = newDirectory(at)
	case fs.ModeSymlink:
		target, err := at.tree.ReadlinkIfPossible(at.name)
		if err != nil {
			return nil, err
		}
		n.target = target
	case 0:
		n.content = &content{fs: at.tree, name: at.name, size: n.size}
	}
	if g, ok := at.tree.(Guard); ok {
		n.denied = cause(g.Allowed(at.name))
	}
	return n, nil
}

func (n *node) isDir() bool  { return n.dir != nil }
func (n *node) isLink() bool { return n.mode.Type() == fs.ModeSymlink }

// info is a snapshot of a node under one of its names.
type info struct {
	name     string
	size     int64
	mode     fs.FileMode
	modified time.Time
	attr     host.Attributes
}

func (n *node) info(name string) *info {
	return &info{name, n.size, n.mode, n.modified, n.attr}
}

// Name implements fs.FileInfo.
func (i *info) Name() string { return i.name }

// Size implements fs.FileInfo.
func (i *info) Size() int64 { return i.size }

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
