package runbooks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"quiesce/internal/diag"
)

// conformer checks values against types and returns them in the form that
// catalog.go promises. One and the same judges the language's own keys, inputs,
// parameters while checking and parameters while planning.
type conformer struct {
	diags *diag.List
	// reference judges a text with references; nil means that none may stand
	// there.
	reference func(c *conformer, v *Value, t *Type, what label)
	// step judges the id of a step; nil accepts any.
	step   func(v *Value)
	secret bool // the field at hand may hold a reference to a secret
	trial  bool // whether the value fits is all that matters
}

// label is what a message calls a value: a key, or an item of its list.
type label struct {
	name string
	item bool
}

func (l label) String() string {
	if l.item {
		return "an item of " + l.name
	}
	return l.name
}

// value returns a resolved value of type t. After a mistake it returns nil and
// the mistake is told.
func (c *conformer) value(v *Value, t *Type, what label) any {
	if v.broken {
		return nil
	}
	if v.parts != nil {
		return c.text(v, t, what)
	}
	switch t.Kind {
	case anyKind:
		return c.any(v, what)
	case ListOf:
		return c.list(v, t, what)
	case MapOf:
		return c.mapping(v, t, what)
	case Object:
		return c.object(v, t, what)
	case OneOf:
		return c.oneOf(v, t, what)
	}
	if v.Kind != Scalar {
		return c.wants(v, t, what, "")
	}
	if v.Literal == nil {
		c.diags.Errorf(v.Range, "empty", "give a value, or leave the key out", "%s is empty", what)
		return nil
	}
	switch t.Kind {
	case Int:
		return c.integer(v, t, what)
	case Bool:
		return c.boolean(v, t, what)
	case Duration:
		return c.duration(v, t, what)
	}
	return c.string(v, t, what)
}

// wants tells that the value is not of the type.
func (c *conformer) wants(v *Value, t *Type, what label, hint string) any {
	c.diags.Errorf(v.Range, "type", hint, "%s wants %s, not %s", what, t, describe(v))
	return nil
}

// text is a scalar in which references stand.
func (c *conformer) text(v *Value, t *Type, what label) any {
	switch {
	case c.reference != nil:
		c.reference(c, v, t, what)
		return nil
	case !slices.ContainsFunc(v.parts, func(p part) bool { return p.path != nil }):
		return c.value(&Value{Literal: joinLiterals(v.parts), Range: v.Range}, t, what)
	}
	c.diags.Errorf(v.Range, "reference-here", "references may stand below with, and in for-each", "%s cannot hold a reference", what)
	return nil
}

func joinLiterals(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

func (c *conformer) string(v *Value, t *Type, what label) any {
	text, ok := v.Literal.(string)
	if !ok && v.computed {
		text, ok = format(v.Literal), true
	}
	if !ok {
		return c.wants(v, t, what, fmt.Sprintf("quote it: %q", v.Text))
	}
	switch {
	case c.secret && v.computed && !v.ours && strings.Contains(text, opening):
		c.diags.Errorf(v.Range, "secret", "", "%s holds ${{ from elsewhere, where only references to secrets may stand", what)
		return nil
	case text == "" && t.NonEmpty:
		c.diags.Errorf(v.Range, "empty", "", "%s is empty", what)
		return nil
	case len(t.Enum) > 0 && !slices.Contains(t.Enum, text):
		c.diags.Errorf(v.Range, "choice", choose(text, t.Enum), "%s wants %s, not %s", what, t, quote(text))
		return nil
	case t.Kind == StepRef && c.step != nil && !c.trial:
		c.step(v)
	}
	return text
}

func (c *conformer) integer(v *Value, t *Type, what label) any {
	switch x := v.Literal.(type) {
	case int:
		if digits := strings.TrimLeft(v.Text, "+-"); len(digits) > 1 && digits[0] == '0' && isAll(digits, "0123456789") {
			plain := strings.TrimLeft(digits, "0")
			return c.wants(v, t, what, fmt.Sprintf("a leading 0 is ambiguous: write %s, or 0o%s if it is octal", plain, plain))
		}
		return x
	case string:
		if n, err := strconv.Atoi(x); err == nil && v.computed {
			return n
		} else if err == nil {
			return c.wants(v, t, what, "remove the quotes")
		}
	}
	return c.wants(v, t, what, "")
}

func (c *conformer) boolean(v *Value, t *Type, what label) any {
	switch x := v.Literal.(type) {
	case bool:
		return x
	case string:
		switch strings.ToLower(x) {
		case "yes", "on", "y", "true":
			return c.wants(v, t, what, "write true, without quotes")
		case "no", "off", "n", "false":
			return c.wants(v, t, what, "write false, without quotes")
		}
	}
	return c.wants(v, t, what, "")
}

func (c *conformer) duration(v *Value, t *Type, what label) any {
	switch x := v.Literal.(type) {
	case time.Duration:
		return x
	case string:
		d, err := time.ParseDuration(x)
		switch {
		case err == nil && d >= 0:
			return d
		case err == nil:
			return c.wants(v, t, what, "it cannot be negative")
		}
		return c.wants(v, t, what, "units are ms, s, m and h: 1h30m")
	case int:
		return c.wants(v, t, what, fmt.Sprintf("write its unit: %ss", v.Text))
	}
	return c.wants(v, t, what, "")
}

func (c *conformer) list(v *Value, t *Type, what label) any {
	if v.Kind != Sequence {
		hint := ""
		if v.Kind == Scalar && v.Literal != nil {
			hint = "write [" + asList(v.Text, what.name) + "]"
		}
		return c.wants(v, t, what, hint)
	}
	if len(v.Items) == 0 && t.NonEmpty {
		c.diags.Errorf(v.Range, "empty", "", "%s is an empty list", what)
		return nil
	}
	elem := t.elem()
	out := make([]any, len(v.Items))
	for i, item := range v.Items {
		out[i] = c.value(item, elem, label{what.name, true})
	}
	return out
}

// asList writes a text as the items of a list: that of a command as words, one
// with quotes as an example, since only a shell knows what they mean.
func asList(text, name string) string {
	words := strings.Fields(text)
	switch {
	case name != "command" && name != "undo" || len(words) < 2:
		return text
	case strings.ContainsAny(text, "'\"`$|&;<>*?(){}"):
		return "program, argument, argument"
	}
	for i, word := range words {
		if _, plain := literal(word).(string); !plain || strings.ContainsAny(word, ",[]#:%@!") || word == "-" {
			words[i] = "'" + word + "'"
		}
	}
	return strings.Join(words, ", ")
}

func (c *conformer) mapping(v *Value, t *Type, what label) any {
	if v.Kind != Mapping {
		return c.wants(v, t, what, "")
	}
	elem := t.elem()
	out := make(map[string]any, len(v.Entries))
	for _, e := range v.Entries {
		out[e.Key] = c.value(e.Value, elem, label{name: e.Key})
	}
	return out
}

// any takes a value as it is.
func (c *conformer) any(v *Value, what label) any {
	switch v.Kind {
	case Sequence:
		return c.list(v, &anything, what)
	case Mapping:
		return c.mapping(v, &anything, what)
	}
	return v.Literal
}

var (
	text     = Type{Kind: String}
	anything = Type{Kind: anyKind}
)

// anyKind is the kind of a value of which nothing is known before it is there.
const anyKind Kind = "any"

// elem returns the type of the elements of a list or a map.
func (t *Type) elem() *Type {
	switch {
	case t.Kind == anyKind:
		return &anything
	case t.Elem == nil:
		return &text
	}
	return t.Elem
}
