package executor_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"quiesce/actions"
	"quiesce/actions/builtin"
	"quiesce/executor"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
	"quiesce/host/memory"
	"quiesce/runbooks"
)

// sizes are the numbers of steps that are measured.
var sizes = []int{100, 1000, 10000}

// large is a runbook of n steps that patches n/10 directories one after the
// other: a service stopped, a file replaced, commands, checks, the service
// started again; and a server of thirty services to run it on.
func large(n int) (text string, d *memory.Description) {
	var b strings.Builder
	b.WriteString("version: 1\nname: Large\ninputs:\n  prefix: {type: string, default: site}\nsteps:\n")
	d = &memory.Description{Name: "big", Commands: []memory.Command{{Argv: []string{"tool", "*"}}}}
	for i := range 30 {
		d.Services = append(d.Services, memory.Service{Name: fmt.Sprint("svc", i)})
	}
	d.Files = append(d.Files, memory.File{Path: "/pack/site.conf", Content: "new\n"})
	for i := range n / 10 {
		dir, service := fmt.Sprintf("/srv/site%d", i), fmt.Sprint("svc", i%30)
		d.Files = append(d.Files, memory.File{Path: dir + "/site.conf", Content: "old\n"})
		fmt.Fprintf(&b, "  - id: stop%d\n    name: Stop %s\n    action: stop-services\n    with: {services: [%s], timeout: 1m}\n", i, service, service)
		fmt.Fprintf(&b, "  - id: apply%d\n    action: apply-with-overwrite-policy\n    with:\n      source: /pack\n      to: %s\n      overwrite: if-different\n", i, dir)
		for k := range 5 {
			fmt.Fprintf(&b, "  - id: run%d_%d\n    when: host.os == 'linux' && steps.apply%d.outputs.changed\n    action: run-command\n    with: {command: [tool, \"${{ inputs.prefix }}%d\"], undo: [tool, back]}\n", i, k, i, i)
		}
		for k, what := range []string{"exists: true", "contains: new"} {
			fmt.Fprintf(&b, "  - id: check%d_%d\n    action: check\n    with:\n      file: {path: %s/site.conf, %s}\n", i, k, dir, what)
		}
		fmt.Fprintf(&b, "  - id: start%d\n    action: start-services\n    with: {stopped-by: stop%d}\n", i, i)
	}
	return b.String(), d
}

type bench struct {
	memory   *memory.Memory
	registry *actions.Registry
	rb       *runbooks.Runbook
	inputs   *runbooks.Bound
}

func newBench(b *testing.B, n int) bench {
	text, d := large(n)
	m, err := memory.New(d)
	if err != nil {
		b.Fatal(err)
	}
	registry, err := builtin.Registry()
	if err != nil {
		b.Fatal(err)
	}
	rb, list := runbooks.Parse("large.yaml", []byte(text), runbooks.Limits{})
	list = append(list, rb.Check(registry)...)
	inputs, more := rb.Bind(nil)
	if err := append(list, more...).Err(); err != nil {
		b.Fatal(err)
	}
	return bench{m, registry, rb, inputs}
}

func (x bench) plan(b *testing.B) *plan.Plan {
	planner := &executor.Planner{Host: x.memory.Host(), Sources: x.memory.Host().Files, Actions: x.registry, Tool: "quiesce bench"}
	p, list, err := planner.Plan(context.Background(), x.rb, x.inputs)
	if err != nil || list.HasErrors() {
		b.Fatal(list.Err(), err)
	}
	return p
}

func (x bench) apply(b *testing.B, p *plan.Plan) {
	r := &record{left: -1}
	r.Writer = journal.NewWriter(r, journal.Tail{}, x.memory.Host().Clock.Now)
	e := &executor.Executor{Host: x.memory.Host(), Sources: x.memory.Host().Files, Actions: x.registry, Journal: recorder{r}, Run: "r1"}
	if err := e.Verify(context.Background(), p); err != nil {
		b.Fatal(err)
	}
	if outcome, err := e.Apply(context.Background(), p); outcome != executor.Succeeded {
		b.Fatal(outcome, err)
	}
}

// BenchmarkPlan plans a checked runbook on a host in memory.
func BenchmarkPlan(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := newBench(b, n)
			for b.Loop() {
				x.plan(b)
			}
		})
	}
}

// BenchmarkPlanAndApply plans, verifies and applies, journal included, on a
// fresh host in memory each time.
func BenchmarkPlanAndApply(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				x := newBench(b, n)
				b.StartTimer()
				x.apply(b, x.plan(b))
			}
		})
	}
}
