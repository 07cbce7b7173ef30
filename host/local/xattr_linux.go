package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"quiesce/host"
)

var _ host.Attributor = (*tree)(nil)

// Room for the names, or for one value, of what most files have, and the most
// that Linux lets there be of either.
const (
	usual = 1024
	most  = 64 << 10
)

// Xattrs implements host.Attributor. Most files have none, which takes one
// system call beside those that open the name.
func (t *tree) Xattrs(name string) (attrs map[string][]byte, err error) {
	err = t.handle("list attributes of", name, func(path string) (err error) {
		attrs, err = xattrs(path)
		return err
	})
	return attrs, err
}

// SetXattr implements host.Attributor.
func (t *tree) SetXattr(name, attr string, value []byte) error {
	return t.handle("set attribute "+attr+" of", name, func(path string) error {
		return unix.Setxattr(path, attr, value, 0)
	})
}

// RemoveXattr implements host.Attributor.
func (t *tree) RemoveXattr(name, attr string) error {
	return t.handle("remove attribute "+attr+" of", name, func(path string) error {
		err := unix.Removexattr(path, attr)
		if err == unix.ENODATA || err == unix.ENOTSUP {
			return nil
		}
		return err
	})
}

// Settable implements host.Attributor, by the rules of xattr(7). What a
// security module that is in force says of its labels, trying shows.
func (t *tree) Settable(attr string) error {
	return t.on("set attribute "+attr+" below", ".", func() error {
		needs := unix.CAP_SYS_ADMIN
		switch {
		case attr == host.Capabilities:
			needs = unix.CAP_SETFCAP
		case attr == "security.selinux" && exists("/sys/fs/selinux/enforce"):
			return nil
		case !strings.HasPrefix(attr, "trusted.") && !strings.HasPrefix(attr, "security."):
			return nil
		}
		able, err := capable(needs)
		if err == nil && !able {
			err = unix.EPERM
		}
		return err
	})
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// capable tells whether this process has a capability of the first 32.
func capable(capability int) (bool, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	err := unix.Capget(&header, &caps[0])
	return caps[0].Effective&(1<<capability) != 0, err
}

// handle calls do with a path that stands for the very thing that has the name
// now: that of a handle in /proc, since a handle of a mere place takes no right
// to read it, but none of the calls on handles either.
func (t *tree) handle(op, name string, do func(path string) error) error {
	return t.on(op, name, func() (err error) {
		const flag = unix.O_PATH | unix.O_NOFOLLOW
		fd, err := t.openat2(name, flag, 0)
		if err == nil {
			defer func() { err = errors.Join(err, unix.Close(fd)) }()
		} else {
			f, failed := t.root.OpenFile(name, flag, 0)
			if failed != nil {
				return failed
			}
			defer func() { err = errors.Join(err, f.Close()) }()
			fd = int(f.Fd())
		}
		err = do("/proc/self/fd/" + strconv.Itoa(fd))
		if errors.Is(err, fs.ErrNotExist) {
			return &fault{errors.ErrUnsupported, fmt.Errorf("/proc is not mounted: %w", unix.EOPNOTSUPP)}
		}
		return err
	})
}

func xattrs(path string) (map[string][]byte, error) {
	var room [usual]byte
	names, err := whole(room[:], func(b []byte) (int, error) { return unix.Listxattr(path, b) })
	if err == unix.ENOTSUP || err == nil && len(names) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	attrs := map[string][]byte{}
	for attr := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		value, err := whole(make([]byte, usual), func(b []byte) (int, error) { return unix.Getxattr(path, attr, b) })
		if err == unix.ENODATA {
			continue // somebody took it away meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", attr, err)
		}
		attrs[attr] = value
	}
	return attrs, nil
}

// whole reads into b or, if that is too small, into more.
func whole(b []byte, read func([]byte) (int, error)) ([]byte, error) {
	for {
		n, err := read(b)
		if err == unix.ERANGE && len(b) < most {
			b = make([]byte, most)
			continue
		}
		return b[:max(n, 0)], err
	}
}
