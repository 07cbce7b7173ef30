package graph_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"quiesce/executor/graph"
)

// build makes a graph of "node" or "node: waits for" lines.
func build(t *testing.T, lines ...string) *graph.Graph {
	t.Helper()
	var g graph.Graph
	for _, line := range lines {
		id, _, _ := strings.Cut(line, ":")
		g.Add(id)
	}
	for _, line := range lines {
		id, on, _ := strings.Cut(line, ":")
		for _, need := range strings.Fields(on) {
			if err := g.Wait(id, need); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &g
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ lines, want []string }{
		"without edges it is the order of adding": {[]string{"c", "a", "b"}, []string{"c", "a", "b"}},
		"a node comes after what it waits for":    {[]string{"c: a", "a", "b: c"}, []string{"a", "c", "b"}},
		"of two that are ready the first comes":   {[]string{"z", "y: z", "b: z", "a"}, []string{"z", "y", "b", "a"}},
		"an edge told twice counts once":          {[]string{"b: a a", "a"}, []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := build(t, test.lines...).Order()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCycle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines []string
		want  string
	}{
		"a cycle is named step by step":          {[]string{"start", "a: start b", "b: c", "c: a", "d: c"}, "cycle: a waits for b waits for c waits for a"},
		"a node that waits for itself is one":    {[]string{"a: a"}, "cycle: a waits for a"},
		"what only leads to a cycle is not told": {[]string{"x: a", "a: b", "b: a"}, "cycle: a waits for b waits for a"},
	} {
		t.Run(name, func(t *testing.T) {
			g := build(t, test.lines...)
			_, err := g.Order()
			var cycle *graph.CycleError
			if !errors.As(err, &cycle) || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if _, err := g.Walk(context.Background(), 1, nil); !errors.As(err, &cycle) {
				t.Errorf("walk: got %v, want the cycle", err)
			}
		})
	}
}

func TestWaitRefusesUnknownNodes(t *testing.T) {
	t.Parallel()
	g := build(t, "a")
	if err := g.Wait("a", "b"); err == nil {
		t.Error("waiting for an unknown node was taken")
	}
	if err := g.Wait("b", "a"); err == nil {
		t.Error("an unknown node was made to wait")
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	g := build(t, "a", "b: a", "c: b", "d: a")
	for pair, want := range map[[2]string]bool{
		{"c", "a"}: true, {"b", "a"}: true, {"a", "c"}: false, {"d", "b"}: false, {"c", "d"}: false, {"a", "a"}: false,
	} {
		if got := g.After(pair[0], pair[1]); got != want {
			t.Errorf("After(%s, %s) = %v", pair[0], pair[1], got)
		}
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	g := build(t, "a", "b: a", "c: b a", "d")
	if diff := cmp.Diff(map[string]bool{"a": true, "b": true}, g.Before("c")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]bool{"b": true, "c": true}, g.Behind("a")); diff != "" {
		t.Error(diff)
	}
}

func TestWalk(t *testing.T) {
	t.Parallel()
	t.Run("a failure stops what waits for it and nothing else", func(t *testing.T) {
		g := build(t, "a", "b: a", "c: b", "d: a", "e")
		failure := errors.New("failed")
		visits, err := g.Walk(context.Background(), 2, func(_ context.Context, id string) error {
			if id == "b" {
				return failure
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []graph.Visit{{ID: "a", Visited: true}, {ID: "b", Visited: true, Err: failure}, {ID: "c"}, {ID: "d", Visited: true}, {ID: "e", Visited: true}}
		if diff := cmp.Diff(want, visits, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("at most so many run at a time, and so many do", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var lines []string
			for i := range 12 {
				lines = append(lines, fmt.Sprint("n", i))
			}
			var now, most atomic.Int32
			start := time.Now()
			_, err := build(t, lines...).Walk(context.Background(), 3, func(context.Context, string) error {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Second)
				now.Add(-1)
				return nil
			})
			if err != nil || most.Load() != 3 || time.Since(start) != 4*time.Second {
				t.Errorf("err %v, %d at a time, %s", err, most.Load(), time.Since(start))
			}
		})
	})
	t.Run("when the context ends nothing more starts", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		visits, err := build(t, "a", "b: a", "c").Walk(ctx, 1, func(context.Context, string) error { cancel(); return nil })
		if err != nil {
			t.Fatal(err)
		}
		if !visits[0].Visited || visits[1].Visited || visits[2].Visited {
			t.Errorf("got %v", visits)
		}
	})
	t.Run("nothing at a time is refused", func(t *testing.T) {
		if _, err := build(t, "a").Walk(context.Background(), 0, nil); err == nil {
			t.Error("no error")
		}
	})
}

func TestDraw(t *testing.T) {
	t.Parallel()
	g := build(t, "stop", `apply: stop`)
	label := func(id string) string { return id + ` "x" <1>` }
	for name, test := range map[string]struct {
		draw func(func(string) string) (string, error)
		want string
	}{
		"text":    {g.Text, "1. stop \"x\" <1>\n2. apply \"x\" <1>  <- stop\n"},
		"mermaid": {g.Mermaid, "flowchart TD\n  n0[\"stop &quot;x&quot; &lt;1&gt;\"]\n  n1[\"apply &quot;x&quot; &lt;1&gt;\"]\n  n0 --> n1\n"},
		"dot": {g.DOT, "digraph runbook {\n  rankdir=TB;\n  node [shape=box];\n  \"stop\" [label=\"stop \\\"x\\\" <1>\"];\n" +
			"  \"apply\" [label=\"apply \\\"x\\\" <1>\"];\n  \"stop\" -> \"apply\";\n}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.draw(label)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every random graph without cycles is ordered and walked so that a node comes
// after all that it waits for, and twice in the same order.
func TestOrderOfRandomGraphs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "nodes")
		perm := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range n {
				if !yield(i) {
					return
				}
			}
		})).Draw(t, "perm")
		var g graph.Graph
		for i := range n {
			g.Add(fmt.Sprint(i))
		}
		for range rapid.IntRange(0, 60).Draw(t, "edges") {
			a, b := rapid.IntRange(0, n-1).Draw(t, "a"), rapid.IntRange(0, n-1).Draw(t, "b")
			if perm[a] > perm[b] {
				if err := g.Wait(fmt.Sprint(a), fmt.Sprint(b)); err != nil {
					t.Fatal(err)
				}
			}
		}
		order, err := g.Order()
		if err != nil {
			t.Fatal(err)
		}
		again, _ := g.Order()
		if !slices.Equal(order, again) {
			t.Fatal("two orders of one graph")
		}
		for i, id := range order {
			for _, on := range g.Waits(id) {
				if slices.Index(order, on) >= i {
					t.Fatalf("%s before %s", id, on)
				}
			}
		}
	})
}
