package actions

import (
	"fmt"
	"slices"
	"strings"

	"quiesce/runbooks"
)

// Registry is the set of verbs and operators that a program knows. It
// satisfies runbooks.Catalog.
type Registry struct {
	verbs     map[string]*Verb
	operators map[string]Operator
	specs     []*runbooks.ActionSpec
}

// Family is what one folder of verbs brings.
type Family struct {
	Verbs     []Verb
	Operators []Operator
}

// NewRegistry joins families. A name or kind that comes twice is an error that
// says which.
func NewRegistry(families ...Family) (*Registry, error) {
	r := &Registry{verbs: map[string]*Verb{}, operators: map[string]Operator{}}
	for _, f := range families {
		for i := range f.Verbs {
			v := &f.Verbs[i]
			if _, twice := r.verbs[v.Spec.Name]; twice || v.Spec.Name == "" || v.New == nil {
				return nil, fmt.Errorf("register action %q: twice, or without a name or constructor", v.Spec.Name)
			}
			r.verbs[v.Spec.Name] = v
			r.specs = append(r.specs, &v.Spec)
		}
		for _, o := range f.Operators {
			for _, kind := range o.Kinds() {
				if _, twice := r.operators[kind]; twice {
					return nil, fmt.Errorf("register operator of %s: there is one already", kind)
				}
				r.operators[kind] = o
			}
		}
	}
	slices.SortFunc(r.specs, func(a, b *runbooks.ActionSpec) int { return strings.Compare(a.Name, b.Name) })
	return r, nil
}

// Verb returns the verb of that name.
func (r *Registry) Verb(name string) (*Verb, bool) {
	v, ok := r.verbs[name]
	return v, ok
}

// Operator returns who carries out changes of that kind.
func (r *Registry) Operator(kind string) (Operator, error) {
	if o, ok := r.operators[kind]; ok {
		return o, nil
	}
	return nil, fmt.Errorf("no operator for changes of kind %q: the plan was made by another version of quiesce", kind)
}

// Action implements runbooks.Catalog.
func (r *Registry) Action(name string) (*runbooks.ActionSpec, bool) {
	v, ok := r.verbs[name]
	if !ok {
		return nil, false
	}
	return &v.Spec, true
}

// Actions implements runbooks.Catalog.
func (r *Registry) Actions() []*runbooks.ActionSpec { return r.specs }
