//go:build !linux

package local

import (
	"errors"
	"io/fs"

	"quiesce/host"
)

// errQuota and errTextBusy stand for nothing that happens here.
var (
	errQuota    = errors.New("quota exceeded")
	errTextBusy = errors.New("program is running")
)

func attributes(fs.FileInfo) host.Attributes { return host.Attributes{UID: -1, GID: -1} }

// Exchange implements host.Exchanger.
func (t *tree) Exchange(a, b string) error {
	return t.lacks("exchange", a, b)
}

// Place implements host.Placer.
func (t *tree) Place(from, to string) error {
	return t.lacks("place", from, to)
}

// SyncDir implements host.Syncer.
func (t *tree) SyncDir(dir string) error {
	return t.lacks("sync directory", dir)
}

// SyncAll implements host.Syncer.
func (t *tree) SyncAll() error { return t.lacks("sync", ".") }

// Holders implements host.HolderLister.
func (t *tree) Holders(name string) ([]host.Holder, error) {
	return nil, t.lacks("list holders of", name)
}

// Free implements host.SpaceTeller.
func (t *tree) Free(name string) (free, device uint64, err error) {
	return 0, 0, t.lacks("tell free space of", name)
}

// Xattrs implements host.Attributor.
func (t *tree) Xattrs(name string) (map[string][]byte, error) {
	return nil, t.lacks("list attributes of", name)
}

// SetXattr implements host.Attributor.
func (t *tree) SetXattr(name, attr string, _ []byte) error {
	return t.lacks("set attribute "+attr+" of", name)
}

// RemoveXattr implements host.Attributor.
func (t *tree) RemoveXattr(name, attr string) error {
	return t.lacks("remove attribute "+attr+" of", name)
}

// Settable implements host.Attributor.
func (t *tree) Settable(attr string) error { return t.lacks("set attribute "+attr+" below", ".") }

// Renaming implements host.RenamingTeller: such systems neither exchange nor
// place.
func (t *tree) Renaming(dir string) (host.Renaming, error) { return host.Renaming{}, nil }

func (t *tree) lacks(op string, names ...string) error {
	if err := t.begin(op, names...); err != nil {
		return err
	}
	return t.fail(op, names[0], errors.ErrUnsupported)
}
