package file_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/actions/file"
	"quiesce/host/local"
	"quiesce/host/memory"
	"quiesce/internal/diag"
	"quiesce/runbooks"
)

var example = regexp.MustCompile("(?s)```yaml\n(version: 1\n.*?)```")

// TestGuide plans the runbooks of the guide, each on a host that it is meant for.
func TestGuide(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "apply-with-overwrite-policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := example.FindAllSubmatch(guide, -1)
	if len(found) != 2 {
		t.Fatalf("%d examples in the guide, want 2", len(found))
	}
	t.Chdir(t.TempDir()) // a relative source counts from here
	t.Run("a service pack", func(t *testing.T) {
		s := newServer(t, exchange())
		got := planExample(t, s.bench, string(found[0][1]), map[string]string{"pack": s.pack})
		want := map[string]int{"file.create": 4, "file.keep": 2, "file.replace": 3}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
	t.Run("a release", func(t *testing.T) {
		m, err := memory.New(&memory.Description{Name: "shop", Files: []memory.File{
			{Path: "/srv/shop/bin/shop", Content: "old"},
			{Path: "/srv/shop/etc/shop.conf", Content: "edited"},
			{Path: "/srv/shop/data/seed", Content: "grown"},
			{Path: "/srv/shop/cache/x/y", Content: "cached"},
		}})
		b := &bench{t: t, pack: "shop-2.1"}
		b.check(err)
		for _, name := range []string{"bin/shop", "etc/shop.conf", "data/seed", "README"} {
			b.write(b.pack, name, "new", 0o644, late)
		}
		b.env = &actions.Env{Host: m.Host(), Sources: local.New(&local.Digests{}).Files, Memo: &note{}, Run: "r", Step: "apply"}
		got := planExample(t, b, string(found[1][1]), nil)
		want := map[string]int{"file.create": 1, "file.keep": 2, "file.replace": 1, "file.remove": 2}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

// planExample takes a document the whole way that the program takes it, applies
// and undoes it, and counts the kinds of its changes.
func planExample(t *testing.T, b *bench, document string, inputs map[string]string) map[string]int {
	t.Helper()
	registry, err := actions.NewRegistry(file.Family())
	b.check(err)
	rb, list := runbooks.Parse("guide.yaml", []byte(document), runbooks.Limits{})
	b.check(list.Err())
	b.check(rb.Check(registry).Err())
	bound, list := rb.Bind(inputs)
	b.check(list.Err())
	step := rb.Steps[0]
	verb, _ := registry.Verb(step.Action)
	params, list := step.Resolve(&verb.Spec, runbooks.Scope{Inputs: bound, Host: map[string]string{}})
	b.check(list.Err())
	action, err := verb.New(actions.StepParams{Params: params})
	b.check(err)
	p, err := action.Plan(context.Background(), b.env)
	b.check(err)
	kinds := map[string]int{}
	for _, c := range p.Changes {
		kinds[c.Kind]++
	}
	for _, f := range p.Findings {
		if f.Severity == diag.Error {
			t.Errorf("%s: %s", f.Param, f.Message)
		}
	}
	b.check(b.apply(p.Changes))
	b.states(p.Changes, actions.Done)
	b.check(b.undo(p.Changes))
	b.states(p.Changes, actions.NotDone)
	return kinds
}
