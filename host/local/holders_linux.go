package local

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"quiesce/host"
)

// Holders implements host.HolderLister. Quiesce itself is no holder.
//
// A lease that only a file without other users gives answers most files in one
// step; the processes are searched only when somebody has it open, or when the
// lease is refused for another reason (not our file, no such leases on this
// file system). It costs an open(2), and whoever opens the file in these
// microseconds waits.
func (t *tree) Holders(name string) (holders []host.Holder, err error) {
	if err := t.begin("list holders of", name); err != nil {
		return nil, err
	}
	f, err := t.openContents(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, t.fail("list holders of", name, err)
	}
	defer func() { err = errors.Join(err, t.fail("close", name, f.Close())) }()
	holders, err = t.holders(f.fd)
	return holders, t.fail("list holders of", name, err)
}

// holders names who has the file behind a descriptor open. Some of them are an answer even if others may
// be hidden; none is one only if nobody can be.
func (t *tree) holders(fd int) ([]host.Holder, error) {
	const tries = 3          // somebody may close the file between the question and the search
	syscall.ForkLock.RLock() // a child that is not yet its own program has our files open
	defer syscall.ForkLock.RUnlock()
	var busy error
	var found finding
	for range tries {
		if busy = t.lease(fd); busy == nil {
			return nil, nil
		}
		var err error
		if found, err = searchHolders(fd); err != nil {
			return nil, err
		}
		answered := !errors.Is(busy, unix.EAGAIN) || found.self
		if len(found.holders) > 0 || found.hidden == 0 && answered {
			return found.holders, nil
		}
	}
	if found.hidden > 0 {
		return nil, fmt.Errorf("cannot tell who has it open: %d processes do not let this user look: %w", found.hidden, found.reason)
	}
	return nil, &fault{host.ErrInUse, fmt.Errorf("cannot tell who has it open: somebody does who is none of the visible processes: %w", busy)}
}

// lease returns nil if nobody else has the file open, and EAGAIN if somebody has.
func (t *tree) lease(fd int) error {
	t.leases.Lock()
	defer t.leases.Unlock()
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		return err
	}
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
	return err
}
