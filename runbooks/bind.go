package runbooks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"quiesce/internal/diag"
)

// Bound are the inputs of a runbook with their values, for one plan.
type Bound struct {
	// Values holds, by name, the resolved values of all inputs but secret
	// ones. An input without value and default is empty, 0, false or [].
	Values map[string]any
	// Secrets holds the values of secret inputs.
	Secrets map[string]string
}

// Public returns what a plan may show: the values, durations as text, and for
// a secret no more than that it is one.
func (b *Bound) Public() map[string]any {
	out := make(map[string]any, len(b.Values)+len(b.Secrets))
	for name, v := range b.Values {
		out[name] = v
		if d, ok := v.(time.Duration); ok {
			out[name] = format(d)
		}
	}
	for name := range b.Secrets {
		out[name] = map[string]any{"secret": true}
	}
	return out
}

// Text is a value as it was typed on a command line. What it means depends on
// the type of the input: a list is written a,b or [a, b].
type Text string

// Bind gives values to the inputs, each as it was typed on a command line.
func (rb *Runbook) Bind(given map[string]string) (*Bound, diag.List) {
	values := make(map[string]any, len(given))
	for name, v := range given {
		values[name] = Text(v)
	}
	return rb.BindValues(values)
}

// BindValues gives values to the inputs: each a Text, a *Value of ParseInputs,
// or data as a YAML or JSON decoder returns it. It returns everything that is wrong with them; no message
// shows the value of a secret.
func (rb *Runbook) BindValues(given map[string]any) (*Bound, diag.List) {
	b := &binder{bound: &Bound{Values: map[string]any{}, Secrets: map[string]string{}}}
	var known []string
	for _, in := range rb.Inputs {
		known = append(known, in.Name)
		v, ok := given[in.Name]
		b.bind(in, v, ok)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(known, name) {
			b.diags.Errorf(diag.Range{}, "unknown-input", suggest(name, known), "the runbook has no input %s", quoteKey(name))
		}
	}
	return b.bound, b.diags
}

// ParseInputs reads a YAML or JSON file of inputs for BindValues, whose
// diagnostics then point into that file.
func ParseInputs(file string, src []byte, limits Limits) (map[string]any, diag.List) {
	d := &document{source: newSource(file, src), limits: limits.withDefaults()}
	if !d.readable() {
		return nil, d.diags
	}
	root := d.decode()
	if root == nil {
		return nil, d.diags
	}
	v := d.tree(root, 1)
	if v.Kind != Mapping {
		d.diags.Errorf(v.Range, "type", "write name: value", "a file of inputs is a map of names and values, not %s", describe(v))
	}
	out := make(map[string]any, len(v.Entries))
	for _, e := range v.Entries {
		out[e.Key] = e.Value
	}
	return out, d.diags
}

// shortestSecret is the length from which a secret can be masked: a shorter one
// stands in other words too, and the masks would show it.
const shortestSecret = 4

// MaskableSecret tells whether the value of a secret input is long enough to be
// masked wherever it is told.
func MaskableSecret(value string) bool { return utf8.RuneCountInString(value) >= shortestSecret }

type binder struct {
	bound *Bound
	diags diag.List
}

func (b *binder) bind(in *Input, given any, ok bool) {
	v := in.Default
	switch {
	case ok:
		v = b.read(in, given)
	case in.Required:
		b.diags.Errorf(in.Range, "missing-input", fmt.Sprintf("give it with --input %s=…", in.Name), "input %s wants a value", in.Name)
	}
	if v == nil {
		v = in.Type.zero()
	}
	if in.Secret {
		b.bound.Secrets[in.Name] = format(v)
		if given := format(v); given != "" && !MaskableSecret(given) {
			b.diags.Errorf(in.Range, "short-secret", "give a longer one", "input %s is a secret of fewer than %d characters, which cannot be masked in what programs write", in.Name, shortestSecret)
		}
	} else {
		b.bound.Values[in.Name] = v
	}
}

// read returns a value given, or nil after a mistake.
func (b *binder) read(in *Input, given any) any {
	var diags diag.List
	v, err := in.Type.typed(given)
	if err != nil {
		b.diags.Errorf(in.Range, "input", "", "input %s %v", in.Name, err)
		return nil
	}
	if v.Range == (diag.Range{}) {
		v.setRange(in.Range)
	}
	c := conformer{diags: &diags}
	out := c.value(v, &in.Type, label{name: "input " + in.Name})
	switch {
	case diags.HasErrors() && in.Secret:
		b.diags.Errorf(v.Range, "input", "", "input %s wants text", in.Name)
		return nil
	case diags.HasErrors():
		b.diags = append(b.diags, diags...)
		return nil
	}
	if wrong := in.refuses(out); wrong != "" {
		b.diags.Errorf(v.Range, "input", "", "input %s %s", in.Name, wrong)
		return nil
	}
	return out
}

// refuses says what the input has against a value of its type, or "".
func (in *Input) refuses(v any) string {
	if len(in.Enum) > 0 && !slices.Contains(in.Enum, v) {
		words := make([]string, len(in.Enum))
		for i, e := range in.Enum {
			words[i] = format(e)
		}
		return fmt.Sprintf("wants one of %s, not %s", strings.Join(words, ", "), format(v))
	}
	if in.Pattern == "" {
		return ""
	}
	re, err := compile(in.Pattern)
	if s, ok := v.(string); err == nil && ok && re.MatchString(s) {
		return ""
	}
	if in.Secret {
		return "does not match " + in.Pattern
	}
	return fmt.Sprintf("does not match %s: %s", in.Pattern, quote(format(v)))
}

// typed turns a value given into one of the document.
func (t *Type) typed(given any) (*Value, error) {
	if v, ok := given.(*Value); ok {
		return v, nil
	}
	words, ok := given.(Text)
	if !ok {
		return valueOf(given)
	}
	switch t.Kind {
	case Int, Bool:
		return &Value{Text: string(words), Literal: literal(string(words))}, nil
	case ListOf:
		return listOf(string(words))
	}
	return &Value{Text: string(words), Literal: string(words)}, nil
}

// listOf reads a,b or [a, b].
func listOf(words string) (*Value, error) {
	list := &Value{Kind: Sequence}
	if strings.HasPrefix(strings.TrimSpace(words), "[") {
		var items []string
		if err := yaml.Unmarshal([]byte(words), &items); err != nil {
			return nil, fmt.Errorf("is no list: write a,b or [a, b]")
		}
		for _, item := range items {
			list.Items = append(list.Items, &Value{Text: item, Literal: item})
		}
		return list, nil
	}
	for item := range strings.SplitSeq(words, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list.Items = append(list.Items, &Value{Text: item, Literal: item})
		}
	}
	return list, nil
}

// zero returns the value of an input that has none.
func (t *Type) zero() any {
	switch t.Kind {
	case Int:
		return 0
	case Bool:
		return false
	case Duration:
		return time.Duration(0)
	case ListOf:
		return []any{}
	}
	return ""
}
