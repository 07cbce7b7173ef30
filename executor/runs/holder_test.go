package runs_test

import (
	"testing"

	"quiesce/executor/runs"
)

func TestHolder(t *testing.T) {
	t.Parallel()
	s := open(t)
	look := func(want runs.Holder, wantHeld bool) {
		t.Helper()
		holder, held, err := s.Holder("h")
		if err != nil || holder != want || held != wantHeld {
			t.Errorf("got %+v, %v, %v", holder, held, err)
		}
	}
	look(runs.Holder{}, false)
	holder := runs.Holder{PID: 7, User: "root", Command: "apply", Run: "r1", Since: at(0)}
	l, err := s.Lock("h", holder)
	if err != nil {
		t.Fatal(err)
	}
	look(holder, true)
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	look(runs.Holder{}, false)
	if l, err = s.Lock("h", holder); err != nil {
		t.Fatalf("after others have looked: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Error(err)
	}
}
