package graph

import (
	"container/heap"
	"fmt"
	"strings"
)

// Graph is a set of nodes and of what each waits for. The zero Graph is empty
// and ready to use.
type Graph struct {
	ids     []string
	index   map[string]int
	waits   [][]int // by node: the nodes that it waits for
	waiters [][]int // by node: the nodes that wait for it
}

// Add adds a node; a node that is there already is left as it is.
func (g *Graph) Add(id string) {
	if g.index == nil {
		g.index = map[string]int{}
	}
	if _, ok := g.index[id]; ok {
		return
	}
	g.index[id] = len(g.ids)
	g.ids = append(g.ids, id)
	g.waits = append(g.waits, nil)
	g.waiters = append(g.waiters, nil)
}

// Wait makes one node wait for another. Both must have been added.
func (g *Graph) Wait(id, on string) error {
	from, ok := g.index[id]
	if !ok {
		return fmt.Errorf("no node %q", id)
	}
	to, ok := g.index[on]
	if !ok {
		return fmt.Errorf("node %q waits for %q, which does not exist", id, on)
	}
	g.waits[from] = append(g.waits[from], to)
	g.waiters[to] = append(g.waiters[to], from)
	return nil
}

// Len returns the number of nodes.
func (g *Graph) Len() int { return len(g.ids) }

// Waits returns what a node waits for, in the order in which it was told.
func (g *Graph) Waits(id string) []string {
	out := make([]string, 0, len(g.waits[g.index[id]]))
	for _, n := range g.waits[g.index[id]] {
		out = append(out, g.ids[n])
	}
	return out
}

// CycleError names the nodes of a cycle, each waiting for the next, the first
// one repeated at the end.
type CycleError struct {
	Path []string
}

func (e *CycleError) Error() string {
	return "cycle: " + strings.Join(e.Path, " waits for ")
}

// Order returns every node after all that it waits for, or a *CycleError.
func (g *Graph) Order() ([]string, error) {
	left := make([]int, len(g.ids))
	var ready indexHeap
	for n := range g.ids {
		left[n] = len(g.waits[n])
		if left[n] == 0 {
			ready = append(ready, n)
		}
	}
	order := make([]string, 0, len(g.ids))
	for len(ready) > 0 {
		n := heap.Pop(&ready).(int)
		order = append(order, g.ids[n])
		for _, w := range g.waiters[n] {
			if left[w]--; left[w] == 0 {
				heap.Push(&ready, w)
			}
		}
	}
	if len(order) < len(g.ids) {
		return nil, g.cycle(left)
	}
	return order, nil
}

// cycle follows unfinished nodes until one comes again.
func (g *Graph) cycle(left []int) *CycleError {
	at := 0
	for left[at] == 0 {
		at++
	}
	seen := map[int]int{}
	var path []int
	for {
		if first, ok := seen[at]; ok {
			path = append(path[first:], at)
			break
		}
		seen[at] = len(path)
		path = append(path, at)
		for _, on := range g.waits[at] {
			if left[on] > 0 {
				at = on
				break
			}
		}
	}
	err := &CycleError{}
	for _, n := range path {
		err.Path = append(err.Path, g.ids[n])
	}
	return err
}

// After tells whether a node comes after another in every order: whether it
// waits for it, directly or not.
func (g *Graph) After(id, on string) bool {
	target := g.index[on]
	seen := map[int]bool{}
	todo := []int{g.index[id]}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, next := range g.waits[n] {
			if next == target {
				return true
			}
			if !seen[next] {
				seen[next] = true
				todo = append(todo, next)
			}
		}
	}
	return false
}

type indexHeap []int

func (h indexHeap) Len() int           { return len(h) }
func (h indexHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h indexHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *indexHeap) Push(n any)        { *h = append(*h, n.(int)) }
func (h *indexHeap) Pop() any {
	old := *h
	n := old[len(old)-1]
	*h = old[:len(old)-1]
	return n
}
