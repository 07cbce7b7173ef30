package local

import (
	"bytes"
	"fmt"
	"sync"
)

// outputLimit is how much of each output is kept in bytes: the first half and
// the last half.
const outputLimit = 64 << 10

// output keeps the beginning and the end of what is written to it.
type output struct {
	mu      sync.Mutex
	head    bytes.Buffer
	tail    []byte // ring of the last bytes after head
	written int64
}

// Write implements io.Writer; it never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := len(p)
	o.written += int64(n)
	room := min(n, outputLimit/2-o.head.Len())
	o.head.Write(p[:room])
	o.tail = append(o.tail, p[room:]...)
	if len(o.tail) > outputLimit {
		o.tail = append(o.tail[:0], o.tail[len(o.tail)-outputLimit/2:]...)
	}
	return n, nil
}

// bytes returns what was kept, with a note where something was dropped.
func (o *output) bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	tail := o.tail[max(0, len(o.tail)-outputLimit/2):]
	all := bytes.Clone(o.head.Bytes())
	if dropped := o.written - int64(o.head.Len()+len(tail)); dropped > 0 {
		all = fmt.Appendf(all, "\n[… %d bytes dropped …]\n", dropped)
	}
	return append(all, tail...)
}
