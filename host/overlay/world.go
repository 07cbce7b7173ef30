package overlay

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"quiesce/host"
)

// fate is what became of the process that had a process id in the base.
type fate int

const (
	alive fate = iota
	ended
	restarted // its service was started again, with the same process id
)

// world is the state of one overlay. mu guards all of it but the clock.
type world struct {
	mu      sync.Mutex
	flavour host.Flavour
	base    host.Host
	script  Script
	clock   *clock
	files   *files
	events  events
	seq     int

	services    serviceTable
	processes   processTable
	connections connectionTable
	watchers    watcherTable
	silences    []OpenSilence
	fate        map[int]fate
}

// enter locks the world for one call, unless ctx has ended, and lets happen
// what is due. The caller unlocks.
func (w *world) enter(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	w.settle()
	return nil
}

// loadAll reads every table, so that a change of one can be followed in the
// others. In one that cannot be read there is nothing to follow; who asks for
// it is told why.
func (w *world) loadAll(ctx context.Context) error {
	for _, load := range []func(context.Context) error{
		w.loadServices, w.loadProcesses, w.loadConnections, w.loadWatchers,
	} {
		if err := load(ctx); err != nil && ctx.Err() != nil {
			return err
		}
	}
	return nil
}

// event is something that happens by itself when its time has come.
type event struct {
	at  time.Time
	seq int
	do  func(at time.Time)
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	if e[i].at.Equal(e[j].at) {
		return e[i].seq < e[j].seq
	}
	return e[i].at.Before(e[j].at)
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	*e = (*e)[:last]
	return x
}

// schedule lets do happen at the given time.
func (w *world) schedule(at time.Time, do func(at time.Time)) {
	w.seq++
	heap.Push(&w.events, event{at, w.seq, do})
}

// settle lets happen what is due.
func (w *world) settle() {
	if len(w.events) == 0 {
		return
	}
	for now := w.clock.Now(); len(w.events) > 0 && !w.events[0].at.After(now); {
		e := heap.Pop(&w.events).(event)
		e.do(e.at)
	}
}
