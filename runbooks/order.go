package runbooks

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"quiesce/executor/graph"
)

// Waits returns the ids of the steps that each step waits for, by its id: the
// step above it if it has no needs, else exactly its needs. Needs to nothing
// are left out.
func (rb *Runbook) Waits() map[string][]string {
	l := newLookup(rb, nil)
	out := make(map[string][]string, len(l.steps))
	for i, on := range l.edges() {
		if id := rb.Steps[i].ID; l.steps[id] == i && id != "" {
			ids := make([]string, len(on))
			for j, n := range on {
				ids[j] = rb.Steps[n].ID
			}
			out[id] = ids
		}
	}
	return out
}

// edges returns, by step, the steps that it waits for.
func (l *lookup) edges() [][]int {
	out := make([][]int, len(l.all))
	above := -1
	for i, s := range l.all {
		if first, ok := l.steps[s.ID]; !ok || first != i {
			continue // has no id of its own: told elsewhere
		}
		if !s.NeedsGiven && above >= 0 {
			out[i] = []int{above}
		}
		for _, n := range s.Needs {
			if on, ok := l.steps[n.ID]; ok && !slices.Contains(out[i][:min(len(out[i]), 64)], on) {
				out[i] = append(out[i], on)
			}
		}
		above = i
	}
	return out
}

// order tells cycles; without them it checks that what a step uses has run
// before.
func (k *checker) order() {
	edges := k.edges()
	for range maxCycles {
		ids, err := sort(k.all, edges)
		cycle, ok := errors.AsType[*graph.CycleError](err)
		if !ok {
			k.late(edges, ids)
			return
		}
		k.cycle(edges, cycle.Path)
	}
}

// maxCycles is how many cycles are told at a time.
const maxCycles = 10

func sort(steps []*Step, edges [][]int) ([]string, error) {
	var g graph.Graph
	for _, s := range steps {
		if s.ID != "" {
			g.Add(s.ID)
		}
	}
	for i, on := range edges {
		for _, n := range on {
			if err := g.Wait(steps[i].ID, steps[n].ID); err != nil {
				return nil, err
			}
		}
	}
	return g.Order()
}

// cycle tells a cycle and cuts it, so that another one can be found.
func (k *checker) cycle(edges [][]int, path []string) {
	first, second := k.steps[path[0]], k.steps[path[1]]
	edges[first] = slices.DeleteFunc(edges[first], func(n int) bool { return n == second })
	at := k.all[first].Range
	for _, n := range k.all[first].Needs {
		if n.ID == path[1] {
			at = n.Range
		}
	}
	if len(path) == 2 {
		k.diags.Errorf(at, "cycle", "remove it from needs", "step %s waits for itself", path[0])
		return
	}
	k.diags.Errorf(at, "cycle", "remove one of these needs; a step without needs waits for the one above it",
		"steps wait for each other: %s", strings.Join(path, " waits for "))
}

// late tells uses of steps that do not come before their user. It takes 64
// used steps at a time, a bit for each, and carries the bits in one pass from
// every step to those that wait for it.
func (k *checker) late(edges [][]int, ids []string) {
	bit := make([]uint64, len(k.all))
	before := make([]uint64, len(k.all))
	for rest := k.uses; len(rest) > 0; {
		clear(bit)
		clear(before)
		n, used := 0, 0
		for ; n < len(rest) && (used < 64 || bit[rest[n].to] != 0); n++ {
			if to := rest[n].to; bit[to] == 0 {
				bit[to] = 1 << used
				used++
			}
		}
		for _, id := range ids {
			step := k.steps[id]
			for _, on := range edges[step] {
				before[step] |= before[on] | bit[on]
			}
		}
		for _, u := range rest[:n] {
			if before[u.from]&bit[u.to] == 0 {
				k.tooLate(u, edges)
			}
		}
		rest = rest[n:]
	}
}

func (k *checker) tooLate(u use, edges [][]int) {
	s, id := k.all[u.from], k.all[u.to].ID
	hint := "add " + id + " to the needs of this step"
	switch {
	case u.from == u.to:
		k.diags.Errorf(u.place(), "order", "", "step %s cannot use itself", id)
		return
	case len(k.diags) > maxDiagnostics: // nobody will read the hint
	case reaches(edges, u.to, u.from):
		hint = "step " + id + " comes after this one: change their order"
	case !s.NeedsGiven && len(edges[u.from]) > 0:
		hint = fmt.Sprintf("write needs: [%s, %s]", k.all[edges[u.from][0]].ID, id)
	}
	k.diags.Errorf(u.place(), "order", hint, "step %s does not wait for step %s", s.ID, id)
}

// reaches tells whether a step waits for another, directly or not.
func reaches(edges [][]int, from, to int) bool {
	seen := make([]bool, len(edges))
	for todo := []int{from}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == to {
			return true
		}
		if !seen[n] {
			seen[n] = true
			todo = append(todo, edges[n]...)
		}
	}
	return false
}
