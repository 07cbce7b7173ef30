package runbooks

import (
	"fmt"
	"strings"

	"quiesce/internal/diag"
)

// checker checks a runbook against the actions that there are.
type checker struct {
	*lookup
	rb     *Runbook
	source *source // made when a place inside a text is asked for
	diags  diag.List
	step   *Step
	at     int   // of step in the runbook
	uses   []use // of steps, to be compared with the order
}

// use is a place where one step names another that must have run before.
type use struct {
	from, to int
	place    func() diag.Range
}

// Check finds what is wrong with a runbook without running anything: unknown
// actions, parameters of the wrong name or type, references to nothing, steps
// that wait for each other. It returns everything that it finds, in the order
// of the document. What Parse told is not told again.
func (rb *Runbook) Check(c Catalog) diag.List {
	k := &checker{lookup: newLookup(rb, c), rb: rb}
	rb.cache.reset(k.lookup)
	for i, s := range rb.Steps {
		k.step, k.at = s, i
		k.identity()
		k.waits()
		k.loop()
		k.condition()
		k.action()
	}
	k.order()
	return finish(k.diags)
}

// maxDiagnostics is how many mistakes are told at a time.
const maxDiagnostics = 1000

// finish puts diagnostics into the order of the document.
func finish(l diag.List) diag.List {
	l.Sort()
	if more := len(l) - maxDiagnostics; more > 0 {
		l = l[:maxDiagnostics:maxDiagnostics]
		l.Errorf(l[maxDiagnostics-1].Range, "too-many-mistakes", "", "%d more mistakes are not shown", more)
	}
	return l
}

func (k *checker) identity() {
	s := k.step
	if first, ok := k.steps[s.ID]; ok && first != k.at {
		k.diags.Errorf(s.Range, "repeated-id", "choose another id", "step %s exists already, on line %d", s.ID, k.all[first].Range.Start.Line)
	}
}

func (k *checker) waits() {
	s := k.step
	for i, n := range s.Needs {
		if _, ok := k.steps[n.ID]; !ok {
			k.diags.Errorf(n.Range, "unknown-step", k.nearStep(n.ID), "there is no step %s", quoteKey(n.ID))
		}
		for _, before := range s.Needs[:min(i, 64)] {
			if before.ID == n.ID {
				k.diags.Warnf(n.Range, "repeated-need", "", "%s stands here already", n.ID)
				break
			}
		}
	}
}

// nearStep returns the hint for the id of no step. Comparing takes its time, so
// it is left out where nobody will read it.
func (k *checker) nearStep(id string) string {
	if len(k.diags) > maxDiagnostics {
		return ""
	}
	return suggest(id, k.ids)
}

// action checks the parameters and what the action asks of its step.
func (k *checker) action() {
	s := k.step
	if s.Action == "" {
		return // Parse told
	}
	spec, ok := k.catalog.Action(s.Action)
	if !ok {
		var known []string
		for _, a := range k.catalog.Actions() {
			known = append(known, a.Name)
		}
		k.diags.Errorf(s.ActionRange, "unknown-action", explain(s.Action, actionHabits, known), "there is no action %s", quoteKey(s.Action))
		return
	}
	c := conformer{diags: &k.diags, reference: k.reference, step: k.stepRef}
	with := s.With
	if !with.broken {
		c.value(with, &spec.Params, label{name: spec.Name})
	}
	undo := with.Get("undo")
	switch {
	case s.Hold && !spec.Verifies:
		k.diags.Errorf(s.ActionRange, "hold", "only a verification can be held, no change and no gate: remove hold", "%s cannot be held", s.Action)
	case spec.Opaque && undo == nil && !s.Irreversible:
		k.diags.Errorf(s.ActionRange, "no-way-back", "give undo below with, or write irreversible: true", "nobody knows how to undo what %s does", s.Action)
	case undo != nil && s.Irreversible:
		k.diags.Errorf(s.ActionRange, "no-way-back", "keep one of them", "step %s has an undo and is irreversible", s.ID)
	case s.Irreversible && spec.Verifies:
		k.diags.Warnf(s.ActionRange, "unused-key", "remove irreversible", "%s changes nothing", s.Action)
	}
}

// loop checks for-each.
func (k *checker) loop() {
	v := k.step.ForEach
	if v == nil || v.broken {
		return
	}
	outer := *k.step
	outer.As = "" // the variable is not known in its own list
	inner := k.step
	k.step = &outer
	defer func() { k.step = inner }()
	c := conformer{diags: &k.diags, reference: k.reference}
	if path, ok := splitPath(v.Text); ok && v.parts == nil && (path[0] == "inputs" || path[0] == "steps") {
		k.diags.Errorf(v.Range, "type", "write ${{ "+v.Text+" }}", "for-each wants a list, not the text %s", quote(v.Text))
		return
	}
	c.value(v, &Type{Kind: ListOf, Elem: &anything}, label{name: "for-each"})
}

// stepRef checks a parameter that names a step.
func (k *checker) stepRef(v *Value) {
	id := v.Literal.(string)
	if to, ok := k.steps[id]; ok {
		k.uses = append(k.uses, use{k.at, to, func() diag.Range { return v.Range }})
		return
	}
	k.diags.Errorf(v.Range, "unknown-step", k.nearStep(id), "there is no step %s", quoteKey(id))
}

// reference checks a text with references against the type that is wanted.
func (k *checker) reference(c *conformer, v *Value, t *Type, what label) {
	if t.Kind == StepRef {
		c.diags.Errorf(v.Range, "reference-here", "write the id of the step itself", "%s cannot hold a reference", what)
		return
	}
	good := true
	for _, p := range v.parts {
		switch {
		case p.path != nil:
			good = k.part(c, v, p, what) && good
		case c.secret && strings.Contains(p.text, opening):
			c.diags.Errorf(v.Range, "secret", "", "%s takes secrets, so that no literal ${{ may stand there", what)
		}
	}
	if _, whole := v.whole(); good && !whole && !t.takesText() {
		c.diags.Errorf(v.Range, "type", "", "%s wants %s, not a text with a reference in it", what, t)
	} else if good && whole {
		k.fits(c, v, t, what)
	}
}

// part checks one reference of a text.
func (k *checker) part(c *conformer, v *Value, p part, what label) bool {
	found, wrong := k.find(p.path, k.step)
	if wrong == nil {
		wrong = k.allowed(c, v, p, found, what)
	}
	if wrong != nil {
		c.diags.Errorf(k.place(v, p), wrong.rule, wrong.hint, "%s", wrong.message)
		return false
	}
	if found.step >= 0 && !c.trial {
		k.uses = append(k.uses, use{k.at, found.step, func() diag.Range { return k.place(v, p) }})
	}
	return true
}

func (k *checker) allowed(c *conformer, v *Value, p part, found named, what label) *fault {
	_, whole := v.whole()
	switch {
	case found.secret && !c.secret:
		return faultf("secret", "it may stand only in parameters that take secrets", "%s would show the secret %s", what, p.name())
	case !whole && !found.typ.isScalar():
		return faultf("type", "let the reference be the whole value", "%s is %s, which cannot stand inside a text", p.name(), found.typ)
	}
	return nil
}

// fits checks a value that is one reference.
func (k *checker) fits(c *conformer, v *Value, t *Type, what label) {
	ref, _ := v.whole()
	found, wrong := k.find(ref.path, k.step)
	if wrong != nil || assignable(&found.typ, t) {
		return
	}
	hint := ""
	if word := t.inputType(); ref.path[0] == "inputs" && word != "" {
		hint = fmt.Sprintf("declare the input with type: %s", word)
	}
	c.diags.Errorf(k.place(v, ref), "type", hint, "%s wants %s, and %s is %s", what, t, ref.name(), found.typ)
}

// inputType returns the word for the type below inputs, if there is one.
func (t *Type) inputType() string {
	for _, word := range inputTypes {
		if string(t.Kind) == word {
			return word
		}
	}
	return ""
}

func (k *checker) place(v *Value, p part) diag.Range {
	return k.inside(v, p.offset, len(opening)+len(p.name())+len(closing)+2)
}

func (k *checker) inside(v *Value, offset, width int) diag.Range {
	return k.sourceOf().inside(v, offset, width)
}

func (k *checker) sourceOf() *source {
	if k.source == nil {
		k.source = newSource(k.rb.File, k.rb.Source)
	}
	return k.source
}
