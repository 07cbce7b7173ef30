package overlay

import (
	"context"
	"slices"
	"sync"
	"time"
)

// clock is virtual time: it stands still until somebody sleeps.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*timeout // those that have not ended
}

func newClock(now time.Time) *clock { return &clock{now: now.Round(0)} }

// Now implements host.Clock.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep implements host.Clock: it moves the time at once, but not beyond the
// end of ctx.
func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := context.Cause(ctx); err != nil || d <= 0 {
		return err
	}
	until := c.Now().Add(d)
	if limit, ok := c.deadline(ctx); ok && limit.Before(until) {
		until = limit
	}
	c.advance(until)
	return context.Cause(ctx)
}

// hang waits until ctx ends. If it ends by this clock, time moves there.
func (c *clock) hang(ctx context.Context) error {
	if limit, ok := c.deadline(ctx); ok {
		c.advance(limit)
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// advance moves the time forward and ends the contexts whose time has come.
func (c *clock) advance(until time.Time) {
	c.mu.Lock()
	if until.After(c.now) {
		c.now = until
	}
	var due []*timeout
	c.timers = slices.DeleteFunc(c.timers, func(t *timeout) bool {
		if t.at.After(c.now) {
			return false
		}
		due = append(due, t)
		return true
	})
	c.mu.Unlock()
	slices.SortStableFunc(due, func(a, b *timeout) int { return a.at.Compare(b.at) })
	for _, t := range due {
		t.end(context.DeadlineExceeded)
	}
}

func (c *clock) forget(t *timeout) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timers = slices.DeleteFunc(c.timers, func(other *timeout) bool { return other == t })
}

// deadlineKey asks a context for its deadline by one clock.
type deadlineKey struct{ clock *clock }

func (c *clock) deadline(ctx context.Context) (time.Time, bool) {
	at, ok := ctx.Value(deadlineKey{c}).(time.Time)
	return at, ok
}

// WithTimeout implements host.Clock. The deadline that the context tells is of
// this clock.
func (c *clock) WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	t := &timeout{parent: parent, clock: c, at: c.Now().Add(d), done: make(chan struct{})}
	if limit, ok := c.deadline(parent); ok && limit.Before(t.at) {
		t.at = limit
	}
	stop := context.AfterFunc(parent, func() { t.end(parent.Err()) })
	c.mu.Lock()
	due := !t.at.After(c.now)
	if !due {
		c.timers = append(c.timers, t)
	}
	c.mu.Unlock()
	if due {
		t.end(context.DeadlineExceeded)
	}
	return t, func() {
		stop()
		t.end(context.Canceled)
	}
}

// timeout is a context that ends by a virtual clock. It does not embed one of
// the standard library, which would tell its children another reason.
type timeout struct {
	parent context.Context
	clock  *clock
	at     time.Time
	done   chan struct{}
	mu     sync.Mutex
	err    error
}

// Deadline implements context.Context.
func (t *timeout) Deadline() (time.Time, bool) { return t.at, true }

// Done implements context.Context.
func (t *timeout) Done() <-chan struct{} { return t.done }

// Value implements context.Context.
func (t *timeout) Value(key any) any {
	if key == (deadlineKey{t.clock}) {
		return t.at
	}
	return t.parent.Value(key)
}

// Err implements context.Context.
func (t *timeout) Err() error {
	if err := t.parent.Err(); err != nil {
		t.end(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func (t *timeout) end(err error) {
	t.mu.Lock()
	first := t.err == nil
	if first {
		t.err = err
		close(t.done)
	}
	t.mu.Unlock()
	if first {
		t.clock.forget(t)
	}
}
