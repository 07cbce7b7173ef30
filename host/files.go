package host

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/spf13/afero"
)

// Files hands out the directories of a host.
type Files interface {
	// Open binds an existing directory, named absolutely in the host's own
	// flavour, and returns what lies below it.
	//
	// A missing directory wraps fs.ErrNotExist, anything that is no directory
	// syscall.ENOTDIR. ctx governs every later call on the tree: once it has
	// ended, each returns its cause.
	Open(ctx context.Context, dir string) (Tree, error)
}

// Tree is one directory of a host and what lies below it, as a file system.
//
// Names are relative and slash-separated on every flavour ("." is the
// directory itself); absolute names, ".." and empty elements wrap ErrOutside
// or fs.ErrInvalid. Nothing reached through a tree lies outside its directory,
// symbolic links included: one that leads out wraps ErrOutside. Errors are
// those of POSIX: a parent must exist, Remove refuses a directory that is not
// empty, Rename replaces a file and refuses a directory over a file. On a
// Windows flavour names compare without case, and Rename onto a file that
// exists replaces it unless it is open (ErrInUse).
//
// FileInfo is a snapshot, and its Sys is an *Attributes. A tree also
// implements afero.Lstater, afero.LinkReader and afero.Symlinker; Lstat never
// follows the last element. What else a tree can do it says by the optional
// interfaces below; a method of those may still answer errors.ErrUnsupported
// when the file system underneath lacks it.
type Tree interface {
	afero.Fs
	afero.Symlinker
	io.Closer
}

// Attributes is what FileInfo.Sys returns on every host.
type Attributes struct {
	UID, GID int    // -1 where the flavour has none
	Device   uint64 // identity of the file system
	Inode    uint64 // identity within it; 0 where there is none
	Links    uint64 // number of names
	// Allocated is the bytes that it takes on disk; 0 where that is not known.
	Allocated int64
}

// AttributesOf returns the attributes that info carries.
func AttributesOf(info fs.FileInfo) (Attributes, bool) {
	if a, ok := info.Sys().(*Attributes); ok {
		return *a, true
	}
	return Attributes{UID: -1, GID: -1}, false
}

// Exchanger swaps two names.
type Exchanger interface {
	// Exchange swaps what two existing names stand for, in one atomic step:
	// no moment exists in which either is missing (rename(2), RENAME_EXCHANGE).
	Exchange(a, b string) error
}

// Placer renames without replacing.
type Placer interface {
	// Place renames from to to; when to exists it changes nothing and wraps
	// fs.ErrExist (rename(2), RENAME_NOREPLACE).
	Place(from, to string) error
}

// Syncer makes changes durable.
type Syncer interface {
	// SyncDir returns when the names in the directory are durable.
	SyncDir(dir string) error
	// SyncAll returns when everything written below the tree's directory
	// before the call is durable (syncfs(2)).
	SyncAll() error
}

// Importer makes a file out of one of another tree.
type Importer interface {
	// Import creates the file to, which must not exist (fs.ErrExist), with
	// mode 0600 and the contents of from in source, and returns its size and
	// SHA-256. It copies by the cheapest means there is; a failed import
	// leaves no file behind.
	Import(source afero.Fs, from, to string) (size int64, sha256 string, err error)
}

// Digester knows the SHA-256 of a file without reading all of it anew.
type Digester interface {
	// Digest returns the SHA-256 of a regular file, in lower-case hex.
	Digest(name string) (string, error)
}

// Holder is a process that has a file open.
type Holder struct {
	Process string `json:"process" yaml:"process"`
	PID     int    `json:"pid,omitempty" yaml:"pid"`
	Service string `json:"service,omitempty" yaml:"service"`
	// Sharing is what it lets others do with the file meanwhile: none, read or
	// all; empty if the host cannot tell. It matters on a Windows flavour.
	Sharing string `json:"sharing,omitempty" yaml:"sharing"`
}

// HolderLister knows who has a file open.
type HolderLister interface {
	// Holders returns who has the file open, sorted by process id; none is an
	// empty list. Who cannot tell returns an error.
	Holders(name string) ([]Holder, error)
}

// SpaceTeller knows how full a file system is.
type SpaceTeller interface {
	// Free returns the bytes that the user may still write below name, and
	// the identity of the file system that holds it.
	Free(name string) (bytes uint64, device uint64, err error)
}

// Delayer replaces files at the next start of the machine, as Windows does for
// files that are open.
type Delayer interface {
	// Delay arranges that from is renamed to to, replacing it, when the
	// machine starts next.
	Delay(from, to string) error
	// CancelDelay takes that back; without such an arrangement it does nothing.
	CancelDelay(from, to string) error
	// Delayed tells whether that is arranged.
	Delayed(from, to string) (bool, error)
}

// Accessor knows, without trying, what the user may do.
type Accessor interface {
	// Writable returns nil if names can be made and removed in the directory.
	// Else it wraps fs.ErrPermission, or says that the file system is read-only.
	Writable(dir string) error
	// Givable returns nil if the user may give a file of his own this owner and
	// group, or -1 for either that stays. Else it wraps fs.ErrPermission.
	Givable(uid, gid int) error
}

// Attributor keeps extended attributes beside the contents of a file: its ACL,
// its security label, its capabilities, what programs have noted. Symbolic
// links are not followed. An attribute is called as on Linux: user.origin.
type Attributor interface {
	// Xattrs returns those that this user can see, in a map that is the
	// caller's; none, or a file system that keeps none, is an empty one. Who
	// cannot tell wraps errors.ErrUnsupported.
	Xattrs(name string) (map[string][]byte, error)
	// SetXattr gives one a value, whether it is there or not. On a file system
	// that does not keep it, it wraps errors.ErrUnsupported. Setting AccessACL
	// sets the permissions that it comes to, as Chmod and Chown change it.
	SetXattr(name, attr string, value []byte) error
	// RemoveXattr takes one away; what is not there need not be.
	RemoveXattr(name, attr string) error
	// Settable returns nil if, as far as is known without trying, the user may
	// set it on a file of his own. Else it wraps fs.ErrPermission.
	Settable(attr string) error
}

// Renaming is what a file system does with names.
type Renaming struct {
	Exchange bool // an Exchanger swaps two of them
	Place    bool // a Placer renames without replacing
}

// RenamingTeller knows, without trying, what the file system does with names.
type RenamingTeller interface {
	// Renaming tells it of the file system that holds the directory. Who does
	// not know it wraps errors.ErrUnsupported: trying shows it.
	Renaming(dir string) (Renaming, error)
}

// RenamingOf tells it of a directory of any tree: one that knows nothing of an
// interface cannot do what it is for.
func RenamingOf(t Tree, dir string) (Renaming, error) {
	if teller, ok := t.(RenamingTeller); ok {
		return teller.Renaming(dir)
	}
	_, exchange := t.(Exchanger)
	_, place := t.(Placer)
	if exchange || place {
		return Renaming{}, &OpError{"tell how names are changed in", dir, errors.ErrUnsupported}
	}
	return Renaming{}, nil
}
