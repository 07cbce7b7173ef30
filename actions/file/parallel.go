package file

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

const bufferSize = 256 << 10 // bytes that each worker may read ahead

// buffers are used again: of a run of many small steps, making them anew was
// four fifths of all memory asked for.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// waiting is how many workers there are at least: most of what they do waits for
// a disk. Sixteen unlinks at a time take a fifth of the time that two take where
// each frees its blocks at once (ext4 mounted with discard).
const waiting = 16

// parallel calls work for 0 to n-1, spread over the processors and what waits
// for the disk, each with a buffer of its own. After a failure, or when ctx has ended, no more work is
// begun. It returns the failure with the lowest number.
func parallel(ctx context.Context, n int, work func(i int, buf []byte) error) error {
	var (
		workers sync.WaitGroup
		next    atomic.Int64
		failed  atomic.Bool
		errs    = make([]error, n)
	)
	for range min(n, max(waiting, runtime.GOMAXPROCS(0))) {
		workers.Go(func() {
			buf := buffers.Get().(*[bufferSize]byte)
			defer buffers.Put(buf)
			for i := int(next.Add(1)) - 1; i < n && !failed.Load() && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if errs[i] = work(i, buf[:]); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
