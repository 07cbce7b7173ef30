package local

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// contents is an open regular file as the kernel hands it out: package os asks
// more of each file than reading it takes.
type contents struct {
	fd    int
	f     *os.File // what fd belongs to, if os.Root has opened it
	size  int64
	id    identity
	print fingerprint // without sum
	began time.Time
}

// inspect finds out what the directory lies on.
func (t *tree) inspect() (err error) {
	controlling := t.handleOfTop.Control(func(fd uintptr) {
		var system unix.Statfs_t
		var st unix.Stat_t
		if err = errors.Join(unix.Fstatfs(int(fd), &system), unix.Fstat(int(fd), &st)); err != nil {
			return
		}
		t.device = uint64(st.Dev)
		switch int64(system.Type) {
		case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.TMPFS_MAGIC:
			t.exact = true
		}
	})
	return t.fail("look at", ".", errors.Join(err, controlling))
}

// openContents opens a regular file; of a name for anything else it says so,
// and does not wait for the writer of a named pipe.
func (t *tree) openContents(name string, flag int, perm os.FileMode) (c contents, err error) {
	flag |= unix.O_NONBLOCK
	if c.fd, err = t.openat2(name, flag, perm); err != nil {
		if c.f, err = t.root.OpenFile(name, flag, perm); err != nil {
			return c, err
		}
		c.fd = int(c.f.Fd())
	}
	c.began = time.Now()
	var st unix.Stat_t
	if err := unix.Fstat(c.fd, &st); err != nil {
		return c, errors.Join(err, c.Close())
	}
	if kind := st.Mode & unix.S_IFMT; kind != unix.S_IFREG {
		return c, errors.Join(notRegular(kind == unix.S_IFDIR), c.Close())
	}
	c.size = st.Size
	if t.exact && uint64(st.Dev) == t.device {
		c.id = identity{uint64(st.Dev), st.Ino}
	}
	c.print = fingerprint{Size: st.Size, Modified: unix.TimespecToNsec(st.Mtim), Changed: unix.TimespecToNsec(st.Ctim)}
	return c, nil
}

func (c contents) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(c.fd, p)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (c contents) Write(p []byte) (done int, err error) {
	for done < len(p) {
		n, err := unix.Write(c.fd, p[done:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return done, err
		}
		if n == 0 {
			return done, io.ErrShortWrite
		}
		done += n
	}
	return done, nil
}

func (c contents) Close() error {
	if c.f != nil {
		return c.f.Close()
	}
	return unix.Close(c.fd)
}
