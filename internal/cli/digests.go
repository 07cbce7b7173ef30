package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"quiesce/host/local"
)

const (
	digestsFile = "digests"
	// worthKeeping is from how many files on reading them again takes longer than
	// anybody would wait for.
	worthKeeping = 1000
)

// knownFiles returns the digests that earlier commands of this state directory
// have kept. They only save time: who cannot read them reads the files.
func (a *app) knownFiles() *local.Digests {
	if a.digests != nil {
		return a.digests
	}
	a.digests = &local.Digests{}
	if err := a.loadDigests(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.log.WithError(err).Warn("files that were read before are read again")
	}
	return a.digests
}

func (a *app) loadDigests() (err error) {
	dir, err := a.stateDir()
	if err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(dir, digestsFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return a.digests.Read(f)
}

// keepDigests keeps what was learnt, if it is much. Nothing depends on it.
func (a *app) keepDigests() {
	if a.digests == nil || a.digests.Fresh() < worthKeeping {
		return
	}
	if err := a.saveDigests(); err != nil {
		a.log.WithError(err).Warn("the next command reads all files again")
	}
}

func (a *app) saveDigests() (err error) {
	store, err := a.store()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(store.Dir(), "."+digestsFile+"-*")
	if err != nil {
		return fmt.Errorf("keep digests: %w", err)
	}
	if err = errors.Join(a.digests.Write(f), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(store.Dir(), digestsFile))
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("keep digests: %w", err), os.Remove(f.Name()))
	}
	return err
}
