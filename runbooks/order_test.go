package runbooks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	. "quiesce/runbooks"
)

func TestWaits(t *testing.T) {
	t.Parallel()
	rb := parse(t, `version: 1
name: n
steps:
  - {id: a, action: check}
  - {id: b, action: check}
  - {id: c, action: check, needs: []}
  - {id: d, action: check, needs: [a, c, nobody, a]}
  - {id: e, action: check}
  - {id: a, action: check}
  - {id: f, action: check}
`)
	want := map[string][]string{"a": {}, "b": {"a"}, "c": {}, "d": {"a", "c"}, "e": {"d"}, "f": {"e"}}
	if d := cmp.Diff(want, rb.Waits()); d != "" {
		t.Errorf("waits (-want +got):\n%s", d)
	}
}

// TestOrder compares the check of references with the definition, on random
// graphs of more than 64 steps that are referred to.
func TestOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 150).Draw(t, "steps")
		var b strings.Builder
		b.WriteString("version: 1\nname: n\nsteps:\n")
		waits, uses := map[int][]int{}, map[int]int{}
		for i := range n {
			needs, given := rapid.SliceOfNDistinct(rapid.IntRange(0, max(i-1, 0)), 0, min(i, 3), rapid.ID).Draw(t, "needs"), rapid.Bool().Draw(t, "given")
			uses[i] = rapid.IntRange(0, n-1).Draw(t, "use")
			fmt.Fprintf(&b, "- {id: s%d, action: stop-services, with: {services: '${{ steps.s%d.outputs.stopped }}'}", i, uses[i])
			if given {
				b.WriteString(", needs: [" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ids(needs))), ", "), "[]") + "]")
				waits[i] = needs
			} else if i > 0 {
				waits[i] = []int{i - 1}
			}
			b.WriteString("}\n")
		}
		rb, diags := Parse("x", []byte(b.String()), Limits{})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		told := map[int]bool{}
		for _, d := range rb.Check(actions()) {
			told[d.Range.Start.Line-4] = true
		}
		for i := range n {
			if want := !comesBefore(waits, i)[uses[i]]; told[i] != want {
				t.Fatalf("step %d uses %d: told %v, want %v\n%s", i, uses[i], told[i], want, b.String())
			}
		}
	})
}

func ids(steps []int) []string {
	out := make([]string, len(steps))
	for i, n := range steps {
		out[i] = fmt.Sprintf("s%d", n)
	}
	return out
}

// comesBefore returns, by the definition, the steps that come before a step.
func comesBefore(waits map[int][]int, step int) map[int]bool {
	seen := map[int]bool{}
	for todo := waits[step]; len(todo) > 0; {
		n := todo[0]
		todo = todo[1:]
		if !seen[n] {
			seen[n] = true
			todo = append(slices.Clone(waits[n]), todo...)
		}
	}
	return seen
}
