package local

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Free implements host.SpaceTeller. Quotas it does not know.
func (t *tree) Free(name string) (free, device uint64, err error) {
	err = t.on("tell free space of", name, func() (err error) {
		free, device, err = t.free(name)
		return err
	})
	return free, device, err
}

func (t *tree) free(name string) (free, device uint64, err error) {
	f, err := t.directory(name)
	if errors.Is(err, unix.ENOTDIR) {
		var info fs.FileInfo
		if info, err = t.root.Stat(name); err == nil && !info.Mode().IsRegular() {
			return 0, 0, notRegular(info.IsDir())
		}
		if err == nil {
			if f.f, err = t.root.Open(name); err == nil {
				f.fd = int(f.f.Fd())
			}
		}
	}
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var system unix.Statfs_t
	if err := unix.Fstatfs(f.fd, &system); err != nil {
		return 0, 0, err
	}
	var stat unix.Stat_t
	if err := unix.Fstat(f.fd, &stat); err != nil {
		return 0, 0, err
	}
	blocks := system.Bavail
	if os.Geteuid() == 0 {
		blocks = system.Bfree // the reserve is root's
	}
	return blocks * uint64(system.Frsize), uint64(stat.Dev), nil
}
