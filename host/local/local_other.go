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

func attributes(fs.FileInfo) *host.Attributes { return &host.Attributes{UID: -1, GID: -1} }

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

func (t *tree) lacks(op string, names ...string) error {
	if err := t.begin(op, names...); err != nil {
		return err
	}
	return t.fail(op, names[0], errors.ErrUnsupported)
}
