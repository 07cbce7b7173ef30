package local

import (
	"sync"
	"time"
)

// Digests that are remembered, and how long a file must have rested before its
// digest is: what is written within one tick of the clock leaves no trace in
// the time of the last change.
const (
	maxDigests = 1 << 18
	rest       = 100 * time.Millisecond
)

// digests are the SHA-256 of files that were read, so that a file which lies
// there unchanged is read once by a program that verifies before it changes.
// A file is known again by what no program can set: its identity and the time
// of its last change (st_ctim of stat(2)), together with size and date.
type digests struct {
	mu    sync.Mutex
	known map[identity]fingerprint
}

// identity is that of a file; a system that has none leaves it zero.
type identity struct{ device, inode uint64 }

type fingerprint struct {
	size              int64
	modified, changed int64 // nanoseconds since 1970
	sum               [32]byte
}

// of returns the digest of a file that is as it was when it was read.
func (d *digests) of(id identity, now fingerprint) (sum [32]byte, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was, ok := d.known[id]
	sum, was.sum = was.sum, now.sum
	return sum, ok && was == now
}

// remember keeps the digest of a file whose fingerprint was taken before it was
// read.
func (d *digests) remember(id identity, f fingerprint, before time.Time) {
	if id == (identity{}) || before.UnixNano()-f.changed < int64(rest) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = map[identity]fingerprint{}
	}
	if len(d.known) < maxDigests {
		d.known[id] = f
	}
}
