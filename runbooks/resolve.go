package runbooks

import (
	"strings"

	"quiesce/internal/diag"
)

// Scope is what references mean at one moment of planning.
type Scope struct {
	Inputs *Bound
	Host   map[string]string // name, os and arch
	// Outputs holds the outputs of the steps planned so far, by id and name;
	// those of a step with for-each are lists with one element per value.
	Outputs map[string]map[string]any
	// Each holds the value of for-each at hand, by the name that as gives it.
	Each map[string]any
}

// find returns the value of a reference.
func (sc Scope) find(path []string, s *Step) (any, *fault) {
	name := strings.Join(path, ".")
	unknown := faultf("unknown-name", "", "%s does not exist", name)
	switch {
	case path[0] == s.As && s.As != "":
		return sc.variable(path)
	case path[0] == "host" && len(path) == 2:
		if v, ok := sc.Host[path[1]]; ok {
			return v, nil
		}
	case path[0] == "inputs" && len(path) == 2 && sc.Inputs != nil:
		if v, ok := sc.Inputs.Values[path[1]]; ok {
			return v, nil
		}
	case path[0] == "steps" && len(path) == 4 && path[2] == "outputs":
		outputs, ran := sc.Outputs[path[1]]
		if !ran {
			return nil, faultf("skipped", "give this step the same condition", "step %s does not run, so it has no outputs", path[1])
		}
		if v, ok := outputs[path[3]]; ok {
			return v, nil
		}
	}
	return nil, unknown
}

func (sc Scope) variable(path []string) (any, *fault) {
	v, ok := sc.Each[path[0]]
	for _, name := range path[1:] {
		var inner map[string]any
		if inner, ok = v.(map[string]any); ok {
			v, ok = inner[name]
		}
		if !ok {
			break
		}
	}
	if !ok {
		return nil, faultf("unknown-name", "", "%s does not exist in this value of for-each", strings.Join(path, "."))
	}
	return v, nil
}

// secret tells whether a reference is to a secret input.
func (sc Scope) secret(path []string) bool {
	if sc.Inputs == nil || len(path) != 2 || path[0] != "inputs" {
		return false
	}
	_, ok := sc.Inputs.Secrets[path[1]]
	return ok
}

// Resolve returns the parameters of a step: references replaced by their
// values, types as the action asks, defaults filled in. A reference to a secret
// input stays, as ${{ inputs.name }}; ExpandSecrets replaces it.
func (s *Step) Resolve(spec *ActionSpec, scope Scope) (Params, diag.List) {
	r := resolver{scope: scope, step: s}
	with := r.replace(s.With)
	c := conformer{diags: &r.diags}
	p := Params{Places: make(map[string]diag.Range, len(s.With.Entries)), Step: s.Range}
	p.Values, _ = c.value(with, &spec.Params, label{name: spec.Name}).(map[string]any)
	for _, e := range s.With.Entries {
		p.Places[e.Key] = e.Value.Range
	}
	return p, r.diags
}

// Items returns the values of for-each, or nil if the step has none.
func (s *Step) Items(rb *Runbook, scope Scope) ([]any, diag.List) {
	if s.ForEach == nil {
		return nil, nil
	}
	outer := *s
	outer.As = ""
	r := resolver{scope: scope, step: &outer}
	list := r.replace(s.ForEach)
	c := conformer{diags: &r.diags}
	items, _ := c.value(list, &Type{Kind: ListOf, Elem: &anything}, label{name: "for-each"}).([]any)
	return items, r.diags
}

// resolver replaces references by their values.
type resolver struct {
	scope Scope
	step  *Step
	diags diag.List
}

// replace returns the value without references.
func (r *resolver) replace(v *Value) *Value {
	switch {
	case v.broken:
		return v
	case v.parts != nil:
		return r.text(v)
	case v.Kind == Sequence:
		out := *v
		out.Items = make([]*Value, len(v.Items))
		for i, item := range v.Items {
			out.Items[i] = r.replace(item)
		}
		return &out
	case v.Kind == Mapping:
		out := *v
		out.Entries = make([]Entry, len(v.Entries))
		for i, e := range v.Entries {
			out.Entries[i] = Entry{e.Key, e.KeyRange, r.replace(e.Value)}
		}
		return &out
	}
	return v
}

// text replaces the references in a text; one that is all of it keeps its type.
func (r *resolver) text(v *Value) *Value {
	if ref, whole := v.whole(); whole && !r.scope.secret(ref.path) {
		data, ok := r.find(v, ref)
		if !ok {
			return &Value{Range: v.Range, broken: true}
		}
		out, err := valueOf(data)
		if err != nil {
			r.diags.Errorf(v.Range, "type", "", "%s %v", ref.name(), err)
			out.broken = true
		}
		out.setRange(v.Range)
		out.setComputed()
		return out
	}
	out := &Value{Range: v.Range, computed: true, ours: true}
	var b strings.Builder
	for _, p := range v.parts {
		piece, ours, ok := r.piece(v, p)
		out.ours = out.ours && ours
		out.broken = out.broken || !ok
		b.WriteString(piece)
	}
	out.Text = b.String()
	out.Literal = out.Text
	return out
}

// piece returns what takes the place of a part of a text, and whether every
// ${{ in it is a reference of ours.
func (r *resolver) piece(v *Value, p part) (piece string, ours, ok bool) {
	if r.scope.secret(p.path) {
		return secretReference(p.path[1]), true, true
	}
	piece, ok = p.text, true
	if p.path != nil {
		var data any
		data, ok = r.find(v, p)
		piece = format(data)
	}
	return piece, !strings.Contains(piece, opening), ok
}

func (r *resolver) find(v *Value, p part) (any, bool) {
	data, wrong := r.scope.find(p.path, r.step)
	if wrong != nil {
		r.diags.Errorf(v.Range, wrong.rule, wrong.hint, "%s", wrong.message)
		return nil, false
	}
	return data, true
}
