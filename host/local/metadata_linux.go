package local

import (
	"errors"
	"io/fs"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// onto calls do with a path that stands for the very thing that has the name
// now, links followed: that of its handle in /proc. It is a short cut, as
// beneath is: ok tells whether it was one.
func (t *tree) onto(name string, do func(path string) error) (ok bool, err error) {
	fd, err := t.openat2(name, unix.O_PATH, 0)
	if err != nil {
		return false, nil
	}
	err = do("/proc/self/fd/" + strconv.Itoa(fd))
	if err == unix.ENOENT { // /proc is not mounted
		return false, unix.Close(fd)
	}
	return true, errors.Join(err, unix.Close(fd))
}

func (t *tree) chmod(name string, mode fs.FileMode) error {
	bits := uint32(mode.Perm())
	for _, b := range [...]struct {
		flag fs.FileMode
		bit  uint32
	}{{fs.ModeSetuid, unix.S_ISUID}, {fs.ModeSetgid, unix.S_ISGID}, {fs.ModeSticky, unix.S_ISVTX}} {
		if mode&b.flag != 0 {
			bits |= b.bit
		}
	}
	ok, err := t.onto(name, func(path string) error { return unix.Chmod(path, bits) })
	if ok || err != nil {
		return err
	}
	return t.root.Chmod(name, mode)
}

func (t *tree) chown(name string, uid, gid int) error {
	ok, err := t.onto(name, func(path string) error { return unix.Chown(path, uid, gid) })
	if ok || err != nil {
		return err
	}
	return t.root.Chown(name, uid, gid)
}

func (t *tree) chtimes(name string, atime, mtime time.Time) error {
	times := []unix.Timespec{timespec(atime), timespec(mtime)}
	ok, err := t.onto(name, func(path string) error { return unix.UtimesNanoAt(unix.AT_FDCWD, path, times, 0) })
	if ok || err != nil {
		return err
	}
	return t.root.Chtimes(name, atime, mtime)
}

// timespec translates a time; the zero time leaves what is there.
func timespec(t time.Time) unix.Timespec {
	if t.IsZero() {
		return unix.Timespec{Nsec: unix.UTIME_OMIT}
	}
	ts, err := unix.TimeToTimespec(t)
	if err != nil { // beyond what this machine can say
		return unix.Timespec{Nsec: -1} // refused as invalid
	}
	return ts
}

// remove removes a file, or a directory that is empty.
func (t *tree) remove(name string) error {
	dir, base := split(name)
	if fd, err := t.openat2(dir, unix.O_PATH|unix.O_DIRECTORY, 0); err == nil {
		err = unix.Unlinkat(fd, base, 0)
		if closed := unix.Close(fd); err == nil || err == unix.ENOENT {
			return errors.Join(err, closed)
		}
	}
	return t.root.Remove(name)
}
