package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Exchange implements host.Exchanger.
func (t *tree) Exchange(a, b string) error {
	const op = "exchange"
	return t.pair(op, a, b, func(dirA, dirB int, nameA, nameB string) error {
		return unsupported(a, b, unix.Renameat2(dirA, nameA, dirB, nameB, unix.RENAME_EXCHANGE))
	})
}

// Place implements host.Placer. Where the file system cannot rename without
// replacing, a second name is made and the first one taken away; directories
// cannot be placed there.
func (t *tree) Place(from, to string) error {
	const op = "place"
	return t.pair(op, from, to, func(dirFrom, dirTo int, nameFrom, nameTo string) error {
		err := unsupported(from, to, unix.Renameat2(dirFrom, nameFrom, dirTo, nameTo, unix.RENAME_NOREPLACE))
		if errors.Is(err, errors.ErrUnsupported) {
			return placeByLink(dirFrom, dirTo, nameFrom, nameTo)
		}
		return err
	})
}

func placeByLink(dirFrom, dirTo int, nameFrom, nameTo string) error {
	var stat unix.Stat_t
	if err := unix.Fstatat(dirFrom, nameFrom, &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		return fmt.Errorf("a directory, on this file system: %w", errors.ErrUnsupported)
	}
	if err := unix.Linkat(dirFrom, nameFrom, dirTo, nameTo, 0); err != nil {
		return err
	}
	if err := unix.Unlinkat(dirFrom, nameFrom, 0); err != nil {
		return errors.Join(err, unix.Unlinkat(dirTo, nameTo, 0))
	}
	return nil
}

// unsupported tells a file system that knows no such renaming from one that is
// asked for nonsense: both answer EINVAL.
func unsupported(a, b string, err error) error {
	if err == unix.EINVAL && !strings.HasPrefix(a+"/", b+"/") && !strings.HasPrefix(b+"/", a+"/") {
		return &fault{errors.ErrUnsupported, err}
	}
	return err
}

// pair calls do with handles of the directories of two names. The handles come
// from the root, so that no swapped link leads do out of it.
func (t *tree) pair(op, a, b string, do func(dirA, dirB int, nameA, nameB string) error) (err error) {
	if err := t.begin(op, a, b); err != nil {
		return err
	}
	if a == "." || b == "." {
		return t.failBoth(op, a, b, fs.ErrInvalid)
	}
	parentA, nameA := split(a)
	parentB, nameB := split(b)
	dirA, err := t.directory(parentA)
	if err != nil {
		return t.failBoth(op, a, b, err)
	}
	defer func() { err = errors.Join(err, t.fail("close", parentA, dirA.Close())) }()
	dirB := dirA
	if parentB != parentA {
		if dirB, err = t.directory(parentB); err != nil {
			return t.failBoth(op, a, b, err)
		}
		defer func() { err = errors.Join(err, t.fail("close", parentB, dirB.Close())) }()
	}
	return t.failBoth(op, a, b, do(dirA.fd, dirB.fd, nameA, nameB))
}

// spot is a directory as a place only: it takes no right to read it.
type spot struct {
	fd int
	f  *os.File // what fd belongs to, if os.Root has opened it
}

func (p spot) Close() error {
	if p.f != nil {
		return p.f.Close()
	}
	return unix.Close(p.fd)
}

// directory opens a directory as a place only.
func (t *tree) directory(name string) (spot, error) {
	const flag = unix.O_PATH | unix.O_DIRECTORY
	if fd, err := t.openat2(name, flag, 0); err == nil {
		return spot{fd, nil}, nil
	}
	f, err := t.root.OpenFile(name, flag, 0)
	if err != nil {
		return spot{}, err
	}
	return spot{int(f.Fd()), f}, nil
}
