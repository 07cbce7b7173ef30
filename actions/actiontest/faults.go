package actiontest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/host/fault"
	"quiesce/host/memory"
)

// errInjected is what fails.
var errInjected = errors.New("injected failure")

// most is how many places a sweep of failures tries before it gives up.
const most = 20000

// sweep calls try with n = 1, 2, … until it returns false: there is no n-th
// place where something can fail.
func sweep(t *testing.T, next func(n int) int, try func(n int) bool) {
	t.Helper()
	for n := 1; n <= most; n = next(n) {
		if !try(n) {
			return
		}
		if t.Failed() {
			t.Fatalf("at place %d", n)
		}
	}
	t.Fatalf("no end of places after %d", most)
}

func each(n int) int { return n + 1 }

// sparse visits every early place, and of later ones fewer and fewer.
func sparse(n int) int { return n + 1 + n/16 }

// testFaults lets each operation of the host fail in turn while the step is
// applied.
func (s *suite) testFaults(t *testing.T) {
	sweep(t, each, func(n int) bool {
		v := s.scene(t)
		before := s.describe(v.memory)
		counter := v.faulty(n)
		begun, err := v.apply(t.Context())
		if counter.Failed() == 0 {
			if err != nil {
				t.Fatalf("apply without a failure: %v", err)
			}
			return false
		}
		t.Logf("%d: %s: %v", n, counter.Last(), err)
		s.mustRestore(t, v, begun, before)
		return true
	})
}

// testUndoFaults lets each operation fail in turn while the step is undone.
func (s *suite) testUndoFaults(t *testing.T) {
	sweep(t, each, func(n int) bool {
		v := s.scene(t)
		before := s.describe(v.memory)
		v.mustApply(t, t.Context())
		counter := v.faulty(n)
		err := v.undo(t.Context(), len(v.units))
		if counter.Failed() == 0 {
			if err != nil {
				t.Fatalf("undo without a failure: %v", err)
			}
			return false
		}
		t.Logf("%d: %s: %v", n, counter.Last(), err)
		s.mustRestore(t, v, len(v.units), before)
		return true
	})
}

func (v *scene) faulty(n int) *fault.Counter {
	counter := &fault.Counter{}
	v.env.Host = fault.New(v.memory.Host(), fault.Plan{Nth: n, Err: errInjected, Counter: counter})
	return counter
}

// testMemoFaults lets each save of the memo fail in turn.
func (s *suite) testMemoFaults(t *testing.T) {
	sweep(t, each, func(n int) bool {
		v := s.scene(t)
		saves := 0
		for _, u := range v.units {
			u.memo.fail = func() error {
				if saves++; saves == n {
					return errInjected
				}
				return nil
			}
		}
		before := s.describe(v.memory)
		begun, err := v.apply(t.Context())
		if saves < n {
			if err != nil {
				t.Fatalf("apply without a failure: %v", err)
			}
			return false
		}
		if !errors.Is(err, errInjected) {
			t.Errorf("save %d failed, and apply returned %v", n, err)
		}
		s.mustRestore(t, v, begun, before)
		return true
	})
}

// testInterrupted lets the context end at each place where it is looked at.
func (s *suite) testInterrupted(t *testing.T) {
	cause := errors.New("the operator pressed a key")
	sweep(t, sparse, func(n int) bool {
		v := s.scene(t)
		before := s.describe(v.memory)
		ctx := expireAfter(t.Context(), n, cause)
		begun, err := v.apply(ctx)
		if ctx.left.Load() > 0 {
			if err != nil {
				t.Fatalf("apply in time: %v", err)
			}
			return false
		}
		if err != nil && !errors.Is(err, cause) {
			t.Errorf("apply returned %v, not the cause", err)
		}
		s.mustRestore(t, v, begun, before)
		return true
	})
}

// expiring is a context that ends when it has been looked at so many times.
type expiring struct {
	context.Context
	end  func()
	left atomic.Int64
}

func expireAfter(parent context.Context, looks int, cause error) *expiring {
	ctx, cancel := context.WithCancelCause(parent)
	e := &expiring{Context: ctx, end: func() { cancel(cause) }}
	e.left.Store(int64(looks))
	return e
}

func (e *expiring) look() {
	if e.left.Add(-1) == 0 {
		e.end()
	}
}

// Err implements context.Context.
func (e *expiring) Err() error {
	e.look()
	return e.Context.Err()
}

// Value implements context.Context; the standard library asks it for the cause.
func (e *expiring) Value(key any) any {
	e.look()
	return e.Context.Value(key)
}

// mustRestore demands that undo reaches the old host once nothing fails, and
// that the step can then be applied.
func (s *suite) mustRestore(t *testing.T, v *scene, begun int, before *memory.Description) {
	t.Helper()
	v.env.Host = v.memory.Host()
	for _, u := range v.units {
		u.memo.fail = nil
	}
	if err := v.undo(t.Context(), begun); err != nil {
		t.Errorf("undo after the failure: %v", err)
	}
	if diff := cmp.Diff(before, s.describe(v.memory)); diff != "" {
		t.Errorf("undo did not restore the host (-before +after):\n%s", diff)
	}
	if _, err := v.apply(t.Context()); err != nil {
		t.Errorf("apply after undo: %v", err)
	}
}
