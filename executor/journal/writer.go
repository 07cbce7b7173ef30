package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
	"time"
)

// File is what a journal is written to; *os.File is one.
type File interface {
	io.Writer
	Sync() error
}

// Writer appends records. It may be used by several goroutines.
type Writer struct {
	file File
	now  func() time.Time

	mu   sync.Mutex
	seq  int
	prev string
	err  error // the first failure: nothing is written after it

	syncing sync.Mutex
	synced  int // the last record that is known to be durable
}

// NewWriter continues a journal whose last record is last; the zero Record
// begins one. A file that need not survive the process has a Sync that does
// nothing.
func NewWriter(file File, last Tail, now func() time.Time) *Writer {
	return &Writer{file: file, now: now, seq: last.Seq, prev: last.Hash, synced: last.Seq}
}

// Tail is the end of a journal, to be continued.
type Tail struct {
	Seq  int
	Hash string // of the last line
}

// Append writes a record, its number, time and sums set, and returns its
// number. It is durable only after Sync. After a failure every further call
// returns that failure: a journal has no holes.
func (w *Writer) Append(r Record) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	r.Seq, r.Prev = w.seq+1, w.prev
	r.Time = w.now().UTC().Format("2006-01-02T15:04:05.000Z07:00")
	line, err := encode(r)
	if err == nil {
		_, err = w.file.Write(line)
	}
	if err != nil {
		w.err = fmt.Errorf("write record %d of the journal: %w", r.Seq, err)
		return 0, w.err
	}
	w.seq, w.prev = r.Seq, hashLine(line)
	return r.Seq, nil
}

// Sync returns when every record up to number seq is durable. Calls at the
// same time share one wait.
func (w *Writer) Sync(seq int) error {
	w.syncing.Lock()
	defer w.syncing.Unlock()
	if w.synced >= seq {
		return nil
	}
	w.mu.Lock()
	last, err := w.seq, w.err
	w.mu.Unlock()
	if err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		// A failed fsync cannot be repeated: the kernel may have dropped what
		// it could not write.
		w.err = fmt.Errorf("make the journal durable: %w", err)
		return w.err
	}
	w.synced = last
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode renders a record with its sum, a line break at the end.
func encode(r Record) ([]byte, error) {
	r.Sum = ""
	body, err := marshal(r)
	if err != nil {
		return nil, err
	}
	return append(append(body[:len(body)-1], sumOf(body)...), '\n'), nil
}

// sumOf returns how a line ends whose record without its sum is body.
func sumOf(body []byte) string {
	return fmt.Sprintf(`,"sum":"%08x"}`, crc32.Checksum(body, castagnoli))
}

func marshal(r Record) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("encode a %s record: %w", r.Type, err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func hashLine(line []byte) string {
	sum := sha256.Sum256(bytes.TrimRight(line, "\n"))
	return hex.EncodeToString(sum[:])
}
