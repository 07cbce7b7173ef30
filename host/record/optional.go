package record

import (
	"errors"
	"io/fs"

	"github.com/spf13/afero"

	"quiesce/host"
)

var (
	_ host.Tree         = (*tree)(nil)
	_ host.Exchanger    = (*tree)(nil)
	_ host.Placer       = (*tree)(nil)
	_ host.Syncer       = (*tree)(nil)
	_ host.Importer     = (*tree)(nil)
	_ host.Digester     = (*tree)(nil)
	_ host.HolderLister = (*tree)(nil)
	_ host.SpaceTeller  = (*tree)(nil)
	_ host.Delayer      = (*tree)(nil)
	_ host.Attributor   = (*tree)(nil)

	_ host.RenamingTeller = (*tree)(nil)
)

func lacks(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: errors.ErrUnsupported}
}

// Exchange implements host.Exchanger.
func (t *tree) Exchange(a, b string) error {
	if v, ok := t.Tree.(host.Exchanger); ok {
		t.add2("exchange", a, b)
		return v.Exchange(a, b)
	}
	return lacks("exchange", a)
}

// Place implements host.Placer.
func (t *tree) Place(from, to string) error {
	if v, ok := t.Tree.(host.Placer); ok {
		t.add2("place", from, to)
		return v.Place(from, to)
	}
	return lacks("place", from)
}

// SyncDir implements host.Syncer.
func (t *tree) SyncDir(dir string) error {
	if v, ok := t.Tree.(host.Syncer); ok {
		return v.SyncDir(dir)
	}
	return lacks("sync", dir)
}

// SyncAll implements host.Syncer.
func (t *tree) SyncAll() error {
	if v, ok := t.Tree.(host.Syncer); ok {
		return v.SyncAll()
	}
	return lacks("sync", t.dir)
}

// Import implements host.Importer.
func (t *tree) Import(source afero.Fs, from, to string) (int64, string, error) {
	if v, ok := t.Tree.(host.Importer); ok {
		t.add("import", to)
		if own, ok := source.(*tree); ok {
			source = own.Tree // so that a driver knows its own
		}
		return v.Import(source, from, to)
	}
	return 0, "", lacks("import", to)
}

// Digest implements host.Digester.
func (t *tree) Digest(name string) (string, error) {
	if v, ok := t.Tree.(host.Digester); ok {
		return v.Digest(name)
	}
	return "", lacks("digest", name)
}

// Holders implements host.HolderLister.
func (t *tree) Holders(name string) ([]host.Holder, error) {
	if v, ok := t.Tree.(host.HolderLister); ok {
		return v.Holders(name)
	}
	return nil, lacks("list holders of", name)
}

// Free implements host.SpaceTeller.
func (t *tree) Free(name string) (bytes, device uint64, err error) {
	if v, ok := t.Tree.(host.SpaceTeller); ok {
		return v.Free(name)
	}
	return 0, 0, lacks("free space of", name)
}

// Delay implements host.Delayer.
func (t *tree) Delay(from, to string) error {
	if v, ok := t.Tree.(host.Delayer); ok {
		t.add2("delay rename of", from, to)
		return v.Delay(from, to)
	}
	return lacks("delay rename of", from)
}

// CancelDelay implements host.Delayer.
func (t *tree) CancelDelay(from, to string) error {
	if v, ok := t.Tree.(host.Delayer); ok {
		t.add2("cancel delayed rename of", from, to)
		return v.CancelDelay(from, to)
	}
	return lacks("cancel delayed rename of", from)
}

// Delayed implements host.Delayer.
func (t *tree) Delayed(from, to string) (bool, error) {
	if v, ok := t.Tree.(host.Delayer); ok {
		return v.Delayed(from, to)
	}
	return false, lacks("look for delayed rename of", from)
}

// Xattrs implements host.Attributor.
func (t *tree) Xattrs(name string) (map[string][]byte, error) {
	if v, ok := t.Tree.(host.Attributor); ok {
		return v.Xattrs(name)
	}
	return nil, lacks("list attributes of", name)
}

// SetXattr implements host.Attributor.
func (t *tree) SetXattr(name, attr string, value []byte) error {
	if v, ok := t.Tree.(host.Attributor); ok {
		t.add("set attribute "+attr+" of", name)
		return v.SetXattr(name, attr, value)
	}
	return lacks("set attribute "+attr+" of", name)
}

// RemoveXattr implements host.Attributor.
func (t *tree) RemoveXattr(name, attr string) error {
	if v, ok := t.Tree.(host.Attributor); ok {
		t.add("remove attribute "+attr+" of", name)
		return v.RemoveXattr(name, attr)
	}
	return lacks("remove attribute "+attr+" of", name)
}

// Settable implements host.Attributor.
func (t *tree) Settable(attr string) error {
	if v, ok := t.Tree.(host.Attributor); ok {
		return v.Settable(attr)
	}
	return lacks("set attribute "+attr+" below", t.dir)
}

// Renaming implements host.RenamingTeller.
func (t *tree) Renaming(dir string) (host.Renaming, error) { return host.RenamingOf(t.Tree, dir) }

// Allowed tells an overlay on this host what the host itself knows of rights.
func (t *tree) Allowed(name string) error {
	if v, ok := t.Tree.(interface{ Allowed(name string) error }); ok {
		return v.Allowed(name)
	}
	return nil
}
