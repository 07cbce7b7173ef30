package runbooks

import (
	"fmt"
	"slices"
	"strings"
)

// lookup knows the names that expressions may use, and their types.
type lookup struct {
	catalog Catalog // nil: outputs are of any type
	inputs  map[string]*Input
	names   []string       // of the inputs
	steps   map[string]int // by id: the first step that has it
	ids     []string       // of the steps
	all     []*Step
}

func newLookup(rb *Runbook, c Catalog) *lookup {
	l := &lookup{catalog: c, inputs: map[string]*Input{}, steps: make(map[string]int, len(rb.Steps)), all: rb.Steps}
	for _, in := range rb.Inputs {
		l.inputs[in.Name] = in
		l.names = append(l.names, in.Name)
	}
	for i, s := range rb.Steps {
		if _, twice := l.steps[s.ID]; !twice && s.ID != "" {
			l.steps[s.ID] = i
			l.ids = append(l.ids, s.ID)
		}
	}
	return l
}

// fault is a mistake in an expression, without its place.
type fault struct {
	rule, message, hint string
}

func faultf(rule, hint, format string, args ...any) *fault {
	return &fault{rule, fmt.Sprintf(format, args...), hint}
}

// hostNames are the names below host.
var hostNames = []string{"name", "os", "arch"}

// named is what a reference stands for.
type named struct {
	typ    Type
	secret bool
	step   int // whose output it is, or -1
}

// find returns what a reference in a step stands for.
func (l *lookup) find(path []string, s *Step) (named, *fault) {
	what := named{step: -1}
	switch {
	case path[0] == s.As && s.As != "":
		return l.variable(path, s)
	case path[0] == "inputs":
		return l.input(path)
	case path[0] == "host":
		what.typ = text
		if len(path) != 2 || !slices.Contains(hostNames, path[1]) {
			return what, faultf("unknown-name", "known here: host.name, host.os, host.arch", "%s does not exist", strings.Join(path, "."))
		}
		return what, nil
	case path[0] == "steps":
		return l.output(path)
	}
	return what, faultf("unknown-name", l.beginning(path[0], s), "%s does not exist", path[0])
}

// beginning says how a reference begins.
func (l *lookup) beginning(name string, s *Step) string {
	if _, ok := l.inputs[name]; ok {
		return "write inputs." + name
	}
	if _, ok := l.steps[name]; ok {
		return "write steps." + name + ".outputs and a name"
	}
	if slices.Contains(hostNames, name) {
		return "write host." + name
	}
	known := []string{"inputs", "steps", "host"}
	if s.As != "" {
		known = append(known, s.As)
	}
	return suggest(name, known)
}

func (l *lookup) input(path []string) (named, *fault) {
	what := named{step: -1}
	if len(path) != 2 {
		return what, faultf("reference", "write inputs.name", "%s is no input", strings.Join(path, "."))
	}
	in, ok := l.inputs[path[1]]
	if !ok {
		hint := suggest(path[1], l.names)
		if hint == "" {
			hint = "declare it below inputs"
		}
		return what, faultf("unknown-input", hint, "there is no input %s", path[1])
	}
	what.typ, what.secret = in.Type, in.Secret
	return what, nil
}

func (l *lookup) output(path []string) (named, *fault) {
	what := named{typ: anything, step: -1}
	if len(path) != 4 || path[2] != "outputs" {
		return what, faultf("reference", "write steps.id.outputs.name", "%s is no output of a step", strings.Join(path, "."))
	}
	i, ok := l.steps[path[1]]
	if !ok {
		return what, faultf("unknown-step", suggest(path[1], l.ids), "there is no step %s", path[1])
	}
	what.step = i
	s := l.all[i]
	if l.catalog == nil {
		return what, nil
	}
	spec, ok := l.catalog.Action(s.Action)
	if !ok {
		return what, nil // that the action is unknown is told where it stands
	}
	outputs := Type{Fields: spec.Outputs}
	f := outputs.field(path[3])
	if f == nil {
		hint := suggest(path[3], outputs.names())
		if len(spec.Outputs) == 0 {
			hint = s.Action + " has no outputs"
		}
		return what, faultf("unknown-output", hint, "step %s has no output %s", s.ID, path[3])
	}
	what.typ = f.Type
	if s.ForEach != nil {
		what.typ = Type{Kind: ListOf, Elem: &f.Type}
	}
	return what, nil
}

// variable returns the value of for-each at hand, or something in it.
func (l *lookup) variable(path []string, s *Step) (named, *fault) {
	what := named{typ: l.each(s), step: -1}
	for range path[1:] {
		switch what.typ.Kind {
		case MapOf:
			what.typ = *what.typ.elem()
		case Object, anyKind:
			what.typ = anything
		default:
			return what, faultf("reference", "write "+path[0], "%s is %s, and has no names in it", path[0], what.typ)
		}
	}
	return what, nil
}

// each returns the type of the values of for-each.
func (l *lookup) each(s *Step) Type {
	switch {
	case s.ForEach == nil:
	case s.ForEach.Kind == Sequence:
		return commonType(s.ForEach.Items)
	default:
		if ref, ok := s.ForEach.whole(); ok && ref.path[0] != s.As {
			if what, wrong := l.find(ref.path, s); wrong == nil && what.typ.Kind == ListOf {
				return *what.typ.elem()
			}
		}
	}
	return anything
}

// commonType returns the type that all values of a list have.
func commonType(items []*Value) Type {
	out := Type{}
	for _, v := range items {
		t := anything
		switch v.Literal.(type) {
		case string:
			t = text
		case int:
			t = Type{Kind: Int}
		case bool:
			t = Type{Kind: Bool}
		}
		switch {
		case v.parts != nil:
			return anything
		case v.Kind == Mapping:
			t = Type{Kind: MapOf, Elem: &anything}
		}
		if out.Kind != "" && out.Kind != t.Kind {
			return anything
		}
		out = t
	}
	if out.Kind == "" {
		return anything
	}
	return out
}
