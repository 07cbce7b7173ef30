package runbooks

import (
	"slices"
	"strings"

	"quiesce/internal/diag"
)

// object checks a map with known keys, and fills in defaults.
func (c *conformer) object(v *Value, t *Type, what label) any {
	if v.Kind != Mapping {
		return c.wants(v, t, what, "")
	}
	out := make(map[string]any, len(t.Fields))
	for _, e := range v.Entries {
		f := t.field(e.Key)
		if f == nil {
			known := t.names()
			c.diags.Errorf(e.KeyRange, "unknown-key", explain(e.Key, fieldHabits, known), "%s has no parameter %s", what, quoteKey(e.Key))
			continue
		}
		out[f.Name] = c.field(f, e.Value)
	}
	c.missing(v, t, what)
	for i := range t.Fields {
		f := &t.Fields[i]
		if _, given := out[f.Name]; !given && f.Default != nil {
			out[f.Name] = f.Default
		}
	}
	return out
}

func (c *conformer) field(f *Field, v *Value) any {
	around := c.secret
	c.secret = around || f.Secret
	defer func() { c.secret = around }()
	return c.value(v, &f.Type, label{name: f.Name})
}

// missing tells what must be given and is not.
func (c *conformer) missing(v *Value, t *Type, what label) {
	for i := range t.Fields {
		if f := &t.Fields[i]; f.Required && v.Get(f.Name) == nil {
			c.diags.Errorf(v.Range, "missing", f.Name+": "+f.Doc, "%s lacks %s", what, f.Name)
		}
	}
	if names := t.AtLeastOne; len(names) > 0 && len(v.given(names)) == 0 {
		c.diags.Errorf(v.Range, "missing", "", "%s wants at least one of %s", what, strings.Join(names, ", "))
	}
	if len(t.ExactlyOne) == 0 {
		return
	}
	switch given := v.given(t.ExactlyOne); len(given) {
	case 0:
		c.diags.Errorf(v.Range, "missing", "", "%s wants one of %s", what, strings.Join(t.ExactlyOne, ", "))
	case 1:
	default:
		c.diags.Errorf(given[1].KeyRange, "one-too-many", "keep one of "+strings.Join(t.ExactlyOne, ", "),
			"%s cannot stand beside %s", given[1].Key, given[0].Key)
	}
}

func (v *Value) given(names []string) []Entry {
	var out []Entry
	for _, e := range v.Entries {
		if slices.Contains(names, e.Key) {
			out = append(out, e)
		}
	}
	return out
}

func (t *Type) field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}

func (t *Type) names() []string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	return names
}

// oneOf takes the first alternative that fits. If none does, it complains as
// the nearest list or map would, or names all alternatives.
func (c *conformer) oneOf(v *Value, t *Type, what label) any {
	var best *Type
	fewest := 0
	for i := range t.OneOf {
		alternative := &t.OneOf[i]
		var diags diag.List
		try := *c
		try.diags, try.trial = &diags, true
		try.value(v, alternative, what)
		if !diags.HasErrors() {
			return c.value(v, alternative, what)
		}
		if alternative.shape() == v.Kind && v.Kind != Scalar && (best == nil || len(diags) < fewest) {
			best, fewest = alternative, len(diags)
		}
	}
	if best != nil {
		return c.value(v, best, what)
	}
	return c.wants(v, t, what, c.choices(v, t))
}

// choices returns the hint for a text that is none of a type's fixed words.
func (c *conformer) choices(v *Value, t *Type) string {
	var words []string
	for _, alternative := range t.OneOf {
		words = append(words, alternative.Enum...)
	}
	if text, ok := v.Literal.(string); ok && len(words) > 0 {
		return choose(text, words)
	}
	return ""
}

// shape is the shape of values of the type.
func (t *Type) shape() ValueKind {
	switch t.Kind {
	case ListOf:
		return Sequence
	case MapOf, Object:
		return Mapping
	}
	return Scalar
}

// quoteKey quotes a key that would be hard to see in a message.
func quoteKey(key string) string {
	if isWord(key) {
		return key
	}
	return quote(key)
}
