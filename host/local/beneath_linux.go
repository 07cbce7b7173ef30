package local

import (
	"errors"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// beneath opens a name by one openat2(2), below which the kernel itself keeps
// every link, whatever the depth; os.Root opens and closes each directory on
// the way, which is a quarter of what planning a large pack costs. It is only a
// short cut: whatever it does not open, for whatever reason, os.Root is asked,
// and os.Root's answer counts. Directories are left to os.Root too, for only
// its handles list their entries without going by their path again.
func (t *tree) beneath(name string, flag int, perm os.FileMode) (f *os.File, ok bool) {
	if perm&^fs.ModePerm != 0 {
		return nil, false // os.Root refuses these
	}
	fd, err := t.openat2(name, flag, perm)
	if err != nil {
		return nil, false
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil || stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		_ = unix.Close(fd) // nothing was written; it is opened again
		return nil, false
	}
	return os.NewFile(uintptr(fd), t.path(name)), true
}

// look returns what stands under a name, following its last element or not.
// That nothing does is the one failure that needs no second opinion.
func (t *tree) look(name string, follow bool) (info fs.FileInfo, ok bool, err error) {
	flag := unix.O_PATH
	if !follow {
		flag |= unix.O_NOFOLLOW
	}
	fd, err := t.openat2(name, flag, 0)
	if err == unix.ENOENT {
		return nil, true, err
	}
	if err != nil {
		return nil, false, nil
	}
	var stat unix.Stat_t
	if errors.Join(unix.Fstat(fd, &stat), unix.Close(fd)) != nil {
		return nil, false, nil
	}
	return infoOf(path.Base(name), &stat), true, nil
}

// openat2 opens a name below the tree's directory.
func (t *tree) openat2(name string, flag int, perm os.FileMode) (fd int, err error) {
	how := unix.OpenHow{Flags: uint64(flag | unix.O_CLOEXEC | unix.O_LARGEFILE), Resolve: unix.RESOLVE_BENEATH}
	if flag&os.O_CREATE != 0 {
		how.Mode = uint64(perm)
	}
	if flag&unix.O_PATH != 0 {
		how.Flags &^= unix.O_LARGEFILE
	}
	var opened error
	err = t.handleOfTop.Control(func(dir uintptr) {
		for {
			if fd, opened = unix.Openat2(int(dir), name, &how); opened != unix.EINTR {
				return
			}
		}
	})
	if err != nil {
		return -1, err
	}
	return fd, opened
}
