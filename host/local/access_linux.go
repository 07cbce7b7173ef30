package local

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"quiesce/host"
)

var _ host.Accessor = (*tree)(nil)

// Writable implements host.Accessor.
func (t *tree) Writable(dir string) error {
	return t.on("write to", dir, func() error {
		return unix.Faccessat(int(t.top.Fd()), dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	})
}

// Givable implements host.Accessor, by the rules of chown(2).
func (t *tree) Givable(uid, gid int) error {
	return t.on("give away a file below", ".", func() error {
		if able, err := capable(unix.CAP_CHOWN); able || err != nil {
			return err
		}
		groups, err := os.Getgroups()
		if err != nil {
			return err
		}
		if uid >= 0 && uid != os.Geteuid() || gid >= 0 && gid != os.Getegid() && !slices.Contains(groups, gid) {
			return unix.EPERM
		}
		return nil
	})
}
