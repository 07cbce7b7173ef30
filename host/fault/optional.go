package fault

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
	v, ok := t.base.(host.Exchanger)
	if !ok {
		return lacks("exchange", a)
	}
	if err := t.check("exchange", a); err != nil {
		return err
	}
	return v.Exchange(a, b)
}

// Place implements host.Placer.
func (t *tree) Place(from, to string) error {
	v, ok := t.base.(host.Placer)
	if !ok {
		return lacks("place", from)
	}
	if err := t.check("place", from); err != nil {
		return err
	}
	return v.Place(from, to)
}

// SyncDir implements host.Syncer.
func (t *tree) SyncDir(dir string) error {
	v, ok := t.base.(host.Syncer)
	if !ok {
		return lacks("sync", dir)
	}
	if err := t.check("sync", dir); err != nil {
		return err
	}
	return v.SyncDir(dir)
}

// SyncAll implements host.Syncer.
func (t *tree) SyncAll() error {
	v, ok := t.base.(host.Syncer)
	if !ok {
		return lacks("sync", t.dir)
	}
	if err := t.check("sync", "."); err != nil {
		return err
	}
	return v.SyncAll()
}

// Import implements host.Importer.
func (t *tree) Import(source afero.Fs, from, to string) (int64, string, error) {
	v, ok := t.base.(host.Importer)
	if !ok {
		return 0, "", lacks("import", to)
	}
	if err := t.check("import", to); err != nil {
		return 0, "", err
	}
	if own, ok := source.(*tree); ok {
		source = own.base // so that a driver knows its own
	}
	return v.Import(source, from, to)
}

// Digest implements host.Digester.
func (t *tree) Digest(name string) (string, error) {
	v, ok := t.base.(host.Digester)
	if !ok {
		return "", lacks("digest", name)
	}
	if err := t.check("digest", name); err != nil {
		return "", err
	}
	return v.Digest(name)
}

// Holders implements host.HolderLister.
func (t *tree) Holders(name string) ([]host.Holder, error) {
	v, ok := t.base.(host.HolderLister)
	if !ok {
		return nil, lacks("list holders of", name)
	}
	if err := t.check("list holders of", name); err != nil {
		return nil, err
	}
	return v.Holders(name)
}

// Free implements host.SpaceTeller.
func (t *tree) Free(name string) (bytes, device uint64, err error) {
	v, ok := t.base.(host.SpaceTeller)
	if !ok {
		return 0, 0, lacks("free space of", name)
	}
	if err := t.check("free space of", name); err != nil {
		return 0, 0, err
	}
	return v.Free(name)
}

// Delay implements host.Delayer.
func (t *tree) Delay(from, to string) error {
	v, ok := t.base.(host.Delayer)
	if !ok {
		return lacks("delay rename of", from)
	}
	if err := t.check("delay rename of", from); err != nil {
		return err
	}
	return v.Delay(from, to)
}

// CancelDelay implements host.Delayer.
func (t *tree) CancelDelay(from, to string) error {
	v, ok := t.base.(host.Delayer)
	if !ok {
		return lacks("cancel delayed rename of", from)
	}
	if err := t.check("cancel delayed rename of", from); err != nil {
		return err
	}
	return v.CancelDelay(from, to)
}

// Delayed implements host.Delayer.
func (t *tree) Delayed(from, to string) (bool, error) {
	v, ok := t.base.(host.Delayer)
	if !ok {
		return false, lacks("look for delayed rename of", from)
	}
	if err := t.check("look for delayed rename of", from); err != nil {
		return false, err
	}
	return v.Delayed(from, to)
}

// Xattrs implements host.Attributor.
func (t *tree) Xattrs(name string) (map[string][]byte, error) {
	v, ok := t.base.(host.Attributor)
	if !ok {
		return nil, lacks("list attributes of", name)
	}
	if err := t.check("list attributes of", name); err != nil {
		return nil, err
	}
	return v.Xattrs(name)
}

// SetXattr implements host.Attributor.
func (t *tree) SetXattr(name, attr string, value []byte) error {
	v, ok := t.base.(host.Attributor)
	if !ok {
		return lacks("set attribute of", name)
	}
	if err := t.check("set attribute of", name); err != nil {
		return err
	}
	return v.SetXattr(name, attr, value)
}

// RemoveXattr implements host.Attributor.
func (t *tree) RemoveXattr(name, attr string) error {
	v, ok := t.base.(host.Attributor)
	if !ok {
		return lacks("remove attribute of", name)
	}
	if err := t.check("remove attribute of", name); err != nil {
		return err
	}
	return v.RemoveXattr(name, attr)
}

// Settable implements host.Attributor.
func (t *tree) Settable(attr string) error {
	v, ok := t.base.(host.Attributor)
	if !ok {
		return lacks("ask for attributes of", t.dir)
	}
	if err := t.check("ask for attributes of", "."); err != nil {
		return err
	}
	return v.Settable(attr)
}

// Renaming implements host.RenamingTeller.
func (t *tree) Renaming(dir string) (host.Renaming, error) {
	if err := t.check("ask for renaming in", dir); err != nil {
		return host.Renaming{}, err
	}
	return host.RenamingOf(t.base, dir)
}

// Allowed tells an overlay on this host what the host itself knows of rights.
func (t *tree) Allowed(name string) error {
	if v, ok := t.base.(interface{ Allowed(name string) error }); ok {
		return v.Allowed(name)
	}
	return nil
}
