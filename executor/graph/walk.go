package graph

import (
	"container/heap"
	"context"
	"fmt"
)

// Visit is what a walk did with one node.
type Visit struct {
	ID string
	// Err is what visiting it returned; nil if it was not visited.
	Err error
	// Visited is false if something that it waits for failed, or if the walk
	// was stopped first.
	Visited bool
}

// Walk visits every node after all that it waits for, at most parallel of them
// at a time, and returns when no visit is going on. After a failed visit, what
// waits for that node is not visited; the rest goes on. When ctx ends no
// further visit starts. The result has every node, in the order of the graph.
func (g *Graph) Walk(ctx context.Context, parallel int, visit func(ctx context.Context, id string) error) ([]Visit, error) {
	if _, err := g.Order(); err != nil {
		return nil, err
	}
	if parallel < 1 {
		return nil, fmt.Errorf("walk %d nodes at a time: at least 1", parallel)
	}
	w := walk{g: g, left: make([]int, len(g.ids)), visits: make([]Visit, len(g.ids)), done: make(chan finished)}
	for n, id := range g.ids {
		w.visits[n].ID = id
		if w.left[n] = len(g.waits[n]); w.left[n] == 0 {
			w.ready = append(w.ready, n)
		}
	}
	running := 0
	for {
		if running == 0 && len(w.ready) == 1 && ctx.Err() == nil {
			// Nothing can be ready beside it until it is done: no goroutine.
			n := heap.Pop(&w.ready).(int)
			w.visits[n].Visited = true
			w.finish(finished{n, visit(ctx, g.ids[n])})
			continue
		}
		for running < parallel && len(w.ready) > 0 && ctx.Err() == nil {
			w.start(ctx, heap.Pop(&w.ready).(int), visit)
			running++
		}
		if running == 0 {
			return w.visits, nil
		}
		w.finish(<-w.done)
		running--
	}
}

type finished struct {
	node int
	err  error
}

type walk struct {
	g      *Graph
	left   []int
	ready  indexHeap
	visits []Visit
	done   chan finished
}

func (w *walk) start(ctx context.Context, n int, visit func(context.Context, string) error) {
	w.visits[n].Visited = true
	go func() { w.done <- finished{n, visit(ctx, w.g.ids[n])} }()
}

func (w *walk) finish(f finished) {
	w.visits[f.node].Err = f.err
	if f.err != nil {
		return
	}
	for _, waiter := range w.g.waiters[f.node] {
		if w.left[waiter]--; w.left[waiter] == 0 {
			heap.Push(&w.ready, waiter)
		}
	}
}
