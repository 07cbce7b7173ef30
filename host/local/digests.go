package local

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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

// Digests are the SHA-256 of files that were read, so that a file which lies
// there unchanged is read once, by a plan and by the run that verifies it. A
// file is known again by what no program can set: its identity and the time of
// its last change (st_ctim of stat(2)), together with size and date; git knows
// the files of its index in the same way. Only file systems of this machine
// that keep both exactly are asked.
//
// Who writes to a file by memory that is mapped leaves a new time when its page
// is first written to, and again after it was written back to the disk: what is
// written in between, after the file was read, is not seen.
type Digests struct {
	mu    sync.Mutex
	known map[identity]fingerprint
	fresh int // remembered by this process
}

// identity is that of a file; a system that has none leaves it zero.
type identity struct{ Device, Inode uint64 }

type fingerprint struct {
	Size              int64
	Modified, Changed int64 // nanoseconds since 1970
	Sum               [sha256.Size]byte
}

// Fresh returns how many digests were learnt since they were read from a file.
func (d *Digests) Fresh() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fresh
}

// of returns the digest of a file that is as it was when it was read.
func (d *Digests) of(id identity, now fingerprint) (sum [sha256.Size]byte, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was, ok := d.known[id]
	sum, was.Sum = was.Sum, now.Sum
	return sum, ok && was == now
}

// remember keeps the digest of a file whose fingerprint was taken before it was
// read.
func (d *Digests) remember(id identity, f fingerprint, before time.Time) {
	if id == (identity{}) || before.UnixNano()-f.Changed < int64(rest) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = map[identity]fingerprint{}
	}
	if _, known := d.known[id]; !known && len(d.known) >= maxDigests {
		return
	}
	d.known[id] = f
	d.fresh++
}

// digestsFormat begins a file of digests. Behind it are the number of records,
// the records, and the SHA-256 of all before it, little-endian.
const digestsFormat = "quiesce.digests/v1\n"

// ErrDigests says that a file holds no digests, or not all of what was written.
var ErrDigests = errors.New("the file of digests is damaged")

// recordSize is that of one record: five numbers and a digest.
const recordSize = 5*8 + sha256.Size

func appendRecord(b []byte, id identity, f fingerprint) []byte {
	for _, n := range [...]uint64{id.Device, id.Inode, uint64(f.Size), uint64(f.Modified), uint64(f.Changed)} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return append(b, f.Sum[:]...)
}

func recordOf(b []byte) (id identity, f fingerprint) {
	n := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	id = identity{n(0), n(1)}
	f = fingerprint{Size: int64(n(2)), Modified: int64(n(3)), Changed: int64(n(4))}
	copy(f.Sum[:], b[5*8:])
	return id, f
}

// Write writes all that are known. A full memory is written empty: it begins
// again with what is read next.
func (d *Digests) Write(w io.Writer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	sum := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(w, sum))
	n := len(d.known)
	if n >= maxDigests {
		n = 0
	}
	record := make([]byte, 0, recordSize)
	_, err := fmt.Fprint(out, digestsFormat)
	err = errors.Join(err, binary.Write(out, binary.LittleEndian, uint64(n)))
	if n > 0 {
		for id, f := range d.known {
			if err == nil {
				record = appendRecord(record[:0], id, f)
				_, err = out.Write(record)
			}
		}
	}
	if err = errors.Join(err, out.Flush()); err == nil {
		_, err = w.Write(sum.Sum(nil))
	}
	if err != nil {
		return fmt.Errorf("write digests: %w", err)
	}
	return nil
}

// Read adds those of a file. Of one that is damaged it takes none, and returns
// ErrDigests.
func (d *Digests) Read(r io.Reader) error {
	sum := sha256.New()
	in := io.TeeReader(bufio.NewReaderSize(r, 64<<10), sum)
	format := make([]byte, len(digestsFormat))
	var n uint64
	if _, err := io.ReadFull(in, format); err != nil || string(format) != digestsFormat {
		return errors.Join(ErrDigests, err)
	}
	if err := binary.Read(in, binary.LittleEndian, &n); err != nil || n > maxDigests {
		return errors.Join(ErrDigests, err)
	}
	known := make(map[identity]fingerprint, n)
	record := make([]byte, recordSize)
	for range n {
		if _, err := io.ReadFull(in, record); err != nil {
			return errors.Join(ErrDigests, err)
		}
		id, f := recordOf(record)
		known[id] = f
	}
	want := sum.Sum(nil)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(in, got); err != nil || string(got) != string(want) {
		return errors.Join(ErrDigests, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = known
	return nil
}
