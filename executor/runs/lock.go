package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Holder says who has a host's lock.
type Holder struct {
	PID     int       `json:"pid"`
	User    string    `json:"user"`
	Command string    `json:"command"` // what it does: apply, rollback
	Run     string    `json:"run,omitempty"`
	Since   time.Time `json:"since"`
}

// LockedError says that another run has the host.
type LockedError struct {
	Host   string
	Holder Holder // zero if it could not be read
}

func (e *LockedError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("another run has the host %s", e.Host)
	}
	who := fmt.Sprintf("process %d of %s, %s", e.Holder.PID, e.Holder.User, e.Holder.Command)
	if e.Holder.Run != "" {
		who += " of run " + e.Holder.Run
	}
	return fmt.Sprintf("another run has the host %s: %s, since %s", e.Host, who, e.Holder.Since.Format(time.RFC3339))
}

// Lock is a host's lock, held.
type Lock struct {
	lock  *flock.Flock
	owner string
}

// patience is how long Lock waits for those who only look whether the lock is
// held, which takes them a moment.
const patience = 100 * time.Millisecond

// Lock takes the lock of a host, or returns a *LockedError.
func (s *Store) Lock(host string, holder Holder) (*Lock, error) {
	l := s.lock(host)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ok, err := l.lock.TryLockContext(ctx, patience/10)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("lock the host %s: %w", host, err)
	}
	if !ok {
		return nil, &LockedError{host, readHolder(l.owner)}
	}
	data, err := json.Marshal(holder)
	if err == nil {
		err = os.WriteFile(l.owner, data, 0o600)
		if full(err) { // who goes back or makes room may not be kept from it by the want of room
			err = os.Remove(l.owner)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the host %s: %w", host, err), l.lock.Unlock())
	}
	return l, nil
}

// full tells whether the disk is, or the user's share of it.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func (s *Store) lock(host string) *Lock {
	base := filepath.Join(s.dir, "locks", lockName(host))
	return &Lock{flock.New(base+".lock", flock.SetPermissions(0o600)), base + ".json"}
}

// Holder tells whether somebody has the lock of a host, and who, zero if that
// cannot be read.
func (s *Store) Holder(host string) (holder Holder, held bool, err error) {
	l := s.lock(host)
	if _, err := os.Stat(l.lock.Path()); errors.Is(err, fs.ErrNotExist) {
		return Holder{}, false, nil // it was never taken
	}
	free, err := l.lock.TryRLock()
	if err != nil {
		return Holder{}, false, fmt.Errorf("look who has the host %s: %w", host, err)
	}
	if !free {
		return readHolder(l.owner), true, nil
	}
	if err := l.lock.Unlock(); err != nil {
		return Holder{}, false, fmt.Errorf("look who has the host %s: %w", host, err)
	}
	return Holder{}, false, nil
}

// Unlock gives the lock back.
func (l *Lock) Unlock() error {
	err := os.Remove(l.owner)
	if errors.Is(err, fs.ErrNotExist) { // there was no room for it
		err = nil
	}
	return errors.Join(err, l.lock.Unlock())
}

func readHolder(path string) (h Holder) {
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}

// lockName makes a file name of a host's name.
func lockName(host string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		}
		return '_'
	}, "host-"+host)
}
