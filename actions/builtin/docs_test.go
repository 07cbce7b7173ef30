package builtin_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"quiesce/actions"
	"quiesce/actions/builtin"
	"quiesce/runbooks"
)

var example = regexp.MustCompile("(?s)```yaml\n(version: 1\n.*?)```")

// TestGuides checks every runbook that stands in the guide of an action.
func TestGuides(t *testing.T) {
	t.Parallel()
	registry := mustRegistry(t)
	for _, spec := range registry.Actions() {
		t.Run(spec.Name+" has a guide whose runbooks are valid", func(t *testing.T) {
			t.Parallel()
			name := spec.Name + ".md"
			guide, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
			if err != nil {
				t.Fatal(err)
			}
			found := example.FindAllSubmatch(guide, -1)
			if len(found) == 0 {
				t.Error("no example")
			}
			for _, m := range found {
				rb, list := runbooks.Parse(name, m[1], runbooks.Limits{})
				if rb != nil {
					list = append(list, rb.Check(registry)...)
				}
				if err := list.Err(); err != nil {
					t.Errorf("%v\n%s", err, m[1])
				}
				if !strings.Contains(string(m[1]), "action: "+spec.Name+"\n") {
					t.Errorf("an example does not show the action:\n%s", m[1])
				}
			}
			for _, f := range spec.Params.Fields {
				if !strings.Contains(string(guide), "`"+f.Name+"`") {
					t.Errorf("the parameter %s is not told of", f.Name)
				}
			}
		})
	}
}

// TestSpecs demands that every name of the language is explained in a sentence.
func TestSpecs(t *testing.T) {
	t.Parallel()
	for _, spec := range mustRegistry(t).Actions() {
		sentence(t, spec.Name, spec.Doc)
		walk(t, spec.Name, spec.Params)
		for _, o := range spec.Outputs {
			sentence(t, spec.Name+" output "+o.Name, o.Doc)
		}
	}
}

func walk(t *testing.T, at string, typ runbooks.Type) {
	t.Helper()
	for _, f := range typ.Fields {
		sentence(t, at+" "+f.Name, f.Doc)
		walk(t, at+" "+f.Name, f.Type)
	}
	if typ.Elem != nil {
		walk(t, at, *typ.Elem)
	}
	for _, alternative := range typ.OneOf {
		walk(t, at, alternative)
	}
}

func sentence(t *testing.T, what, doc string) {
	t.Helper()
	if !strings.HasSuffix(doc, ".") || strings.ToUpper(doc[:1]) != doc[:1] {
		t.Errorf("%s: %q is no sentence", what, doc)
	}
}

// TestOperators demands that every kind of change has somebody to carry it out.
func TestOperators(t *testing.T) {
	t.Parallel()
	registry := mustRegistry(t)
	for _, kind := range []string{
		actions.FileCreate, actions.FileReplace, actions.FileRemove, actions.FileKeep, actions.ServiceStop,
		actions.ServiceStart, actions.ConnectionEnd, actions.ProcessEnd, actions.MonitorAbsent,
		actions.MonitorSilence, actions.CommandRun, actions.CheckPass, actions.GateConfirm,
	} {
		if _, err := registry.Operator(kind); err != nil {
			t.Error(err)
		}
	}
}

func mustRegistry(t *testing.T) *actions.Registry {
	t.Helper()
	registry, err := builtin.Registry()
	if err != nil {
		t.Fatal(err)
	}
	return registry
}
