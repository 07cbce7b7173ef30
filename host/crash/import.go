package crash

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/spf13/afero"
)

// Import implements host.Importer, as two operations: the file is created, and
// written.
func (t *tree) Import(source afero.Fs, from, to string) (int64, string, error) {
	data, err := read(source, from)
	if err != nil {
		return 0, "", &fs.PathError{Op: "import", Path: to, Err: err}
	}
	f, err := t.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, "", err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, "", err
	}
	sum := sha256.Sum256(data)
	return int64(len(data)), hex.EncodeToString(sum[:]), nil
}

// read returns the bytes of a file of some file system.
func read(source afero.Fs, from string) ([]byte, error) {
	info, err := source.Stat(from)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: from, Err: syscall.EINVAL}
	}
	if err != nil {
		return nil, err
	}
	return afero.ReadFile(source, from)
}
