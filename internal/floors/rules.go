package floors

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Module is the path of this module.
const Module = "quiesce"

// Package is one package, as go list tells of it.
type Package struct {
	ImportPath string
	Imports    []string
}

// Floor gives packages their height. Pattern is a path below the module, as
// path.Match reads it; the first that fits decides.
type Floor struct {
	Pattern string
	Height  int
}

// Table is the house, from the cellar up.
func Table() []Floor {
	return []Floor{
		{"internal/diag", 1}, {"internal/fileversion", 1}, {"internal/floors", 1},
		{"host", 1}, {"executor/graph", 1}, {"executor/journal", 1},
		{"fixtures", 1}, {"fixtures/crash", 1}, {"runbooks/examples", 1},
		{"runbooks", 2}, {"host/memory", 3}, {"host/*", 2}, {"executor/runs", 2},
		{"actions", 3},
		{"actions/builtin", 5}, {"actions/*", 4}, {"executor/plan", 4},
		{"executor", 5},
		{"internal/report", 6},
		{"internal/cli", 7},
		{"cmd/quiesce", 8},
	}
}

// Rules are what the floors alone do not say.
type Rules struct {
	Floors []Floor
	// Standard names packages that import the standard library only.
	Standard []string
	// Alone names packages that import none of this module.
	Alone []string
	// Reserved names, for a module of somebody else, who may import it.
	Reserved map[string][]string
}

// House returns the rules of this module.
func House() Rules {
	return Rules{
		Floors:   Table(),
		Standard: []string{"internal/diag", "internal/fileversion", "internal/floors", "executor/graph", "runbooks/examples", "fixtures"},
		Alone:    []string{"executor/journal", "host"},
		Reserved: map[string][]string{
			"github.com/spf13/cobra":                {"internal/cli"},
			"github.com/sirupsen/logrus":            {"internal/cli"},
			"golang.org/x/term":                     {"internal/cli", "internal/report"},
			"cel.dev/cel-go":                        {"runbooks"},
			"github.com/gofrs/flock":                {"executor/runs"},
			"github.com/google/go-cmp":              {"host/hosttest", "actions/actiontest"},
			"pgregory.net/rapid":                    {"host/hosttest", "actions/actiontest"},
			"github.com/rogpeppe/go-internal":       {},
			"github.com/santhosh-tekuri/jsonschema": {},
			"github.com/tc-hib/winres":              {"host/memory"},
		},
	}
}

// Violations returns what breaks the rules, sorted.
func (r Rules) Violations(packages []Package) []string {
	var found []string
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, Module+"/")
		height, ok := r.height(name)
		if !ok {
			found = append(found, fmt.Sprintf("%s stands on no floor: add it to the table", name))
			continue
		}
		for _, imported := range p.Imports {
			if why := r.forbids(name, height, imported); why != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", name, imported, why))
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// forbids says why a package may not import another, or "".
func (r Rules) forbids(name string, height int, imported string) string {
	below, ours := strings.CutPrefix(imported, Module+"/")
	if !ours {
		return r.forbidsForeign(name, imported)
	}
	if slices.Contains(r.Alone, name) || slices.Contains(r.Standard, name) {
		return "it stands alone"
	}
	other, ok := r.height(below)
	if !ok {
		return "that stands on no floor"
	}
	if other >= height {
		return fmt.Sprintf("from floor %d to floor %d, and imports go down", height, other)
	}
	return ""
}

func (r Rules) forbidsForeign(name, imported string) string {
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") {
		return "" // the standard library
	}
	if slices.Contains(r.Standard, name) {
		return "it lives on the standard library"
	}
	for module, users := range r.Reserved {
		if (imported == module || strings.HasPrefix(imported, module+"/")) && !slices.Contains(users, name) {
			return fmt.Sprintf("that is for %s", cmp.Or(strings.Join(users, ", "), "tests"))
		}
	}
	return ""
}

// height returns the floor of a package.
func (r Rules) height(name string) (int, bool) {
	for _, f := range r.Floors {
		if ok, err := path.Match(f.Pattern, name); err == nil && ok {
			return f.Height, true
		}
	}
	return 0, false
}
