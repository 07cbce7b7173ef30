package runbooks

import "quiesce/internal/diag"

// key is one key of the language: how it is documented, checked and read. The
// schema is made from the same tables.
type key[T any] struct {
	name    string
	doc     string
	typ     Type
	pattern string // of a String, for the schema
	// raw: references may stand in the value, or its form is its own, so that
	// read judges it.
	raw  bool
	read func(p *parser, into *T, e Entry, v any)
}

// parser reads the tree of values into a runbook.
type parser struct {
	*document
	rb *Runbook
}

// readKeys reads the entries of a map by a table of keys.
func readKeys[T any](p *parser, v *Value, what string, keys []key[T], habits []string, into *T) {
	if v.broken {
		return
	}
	if v.Kind != Mapping {
		p.diags.Errorf(v.Range, "type", "", "%s must be a map of keys and values, not %s", what, describe(v))
		return
	}
	c := conformer{diags: &p.diags}
	for _, e := range v.Entries {
		k := findKey(keys, e.Key)
		if k == nil {
			p.unknown(e, what, habits, names(keys))
			continue
		}
		if k.raw {
			k.read(p, into, e, nil)
		} else if x := c.value(e.Value, &k.typ, label{name: k.name}); x != nil {
			k.read(p, into, e, x)
		}
	}
}

func findKey[T any](keys []key[T], name string) *key[T] {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}

func names[T any](keys []key[T]) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.name
	}
	return out
}

func (p *parser) unknown(e Entry, what string, habits, known []string) {
	p.diags.Errorf(e.KeyRange, "unknown-key", explain(e.Key, habits, known), "%s has no key %s", what, quoteKey(e.Key))
}

// lacks tells that a key is missing.
func (p *parser) lacks(at diag.Range, what, name, hint string) {
	p.diags.Errorf(at, "missing", hint, "%s lacks %s", what, name)
}

// between checks the bounds of a number.
func (p *parser) between(e Entry, n, low, high int) int {
	if n < low || n > high {
		p.diags.Errorf(e.Value.Range, "range", "", "%s must be between %d and %d, not %d", e.Key, low, high, n)
		return min(max(n, low), high)
	}
	return n
}
