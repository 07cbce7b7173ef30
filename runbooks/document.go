package runbooks

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"

	"quiesce/internal/diag"
)

// document turns a tree of YAML nodes into a tree of values. What no runbook
// may hold, wherever it stands, is found here: repeated keys, merge keys, tags,
// cyclic aliases, and too much of anything.
type document struct {
	*source
	limits    Limits
	diags     diag.List
	nodes     int
	expanding []*yaml.Node // targets of the aliases around the node at hand
	slab      []Value      // room for values, so that not each is allocated alone
	full      bool         // a limit was told already
}

// tree returns the value of a node; below a mistake it is an empty scalar.
func (d *document) tree(n *yaml.Node, depth int) *Value {
	v := d.newValue()
	v.Range = d.rangeOf(n)
	if n.Kind == yaml.AliasNode {
		return d.alias(n, v, depth)
	}
	if d.exceeds(v.Range, depth) {
		v.broken = true
		return v
	}
	if n.Style&yaml.TaggedStyle != 0 {
		d.diags.Errorf(d.at(n.Line, n.Column, len(firstWord(d.from(n.Line, n.Column)))), "tag", "leave the tag out, and quote what is meant as text", "%s is a tag, and runbooks have none", n.Tag)
	}
	switch n.Kind {
	case yaml.ScalarNode:
		d.scalar(n, v)
	case yaml.SequenceNode:
		v.Kind = Sequence
		v.Items = make([]*Value, 0, len(n.Content))
		for _, c := range n.Content {
			v.Items = append(v.Items, d.tree(c, depth+1))
		}
	case yaml.MappingNode:
		v.Kind = Mapping
		d.entries(n, v, depth)
	}
	return v
}

func firstWord(line []byte) []byte {
	word, _, _ := bytes.Cut(line, []byte(" "))
	return word
}

func (d *document) newValue() *Value {
	if len(d.slab) == 0 {
		d.slab = make([]Value, 64)
	}
	v := &d.slab[0]
	d.slab = d.slab[1:]
	return v
}

func (d *document) exceeds(at diag.Range, depth int) bool {
	d.nodes++
	switch {
	case d.full:
	case d.nodes > d.limits.Nodes:
		d.diags.Errorf(at, "too-many-nodes", "aliases count each time they are used", "the document holds more than %d values", d.limits.Nodes)
	case depth > d.limits.Depth:
		d.diags.Errorf(at, "too-deep", "", "nested deeper than %d levels", d.limits.Depth)
	default:
		return false
	}
	d.full = true
	return true
}

func (d *document) alias(n *yaml.Node, v *Value, depth int) *Value {
	for _, around := range d.expanding {
		if around == n.Alias {
			d.diags.Errorf(v.Range, "cyclic-alias", "", "*%s stands inside what it stands for", n.Value)
			v.broken = true
			return v
		}
	}
	d.expanding = append(d.expanding, n.Alias)
	target := d.tree(n.Alias, depth)
	d.expanding = d.expanding[:len(d.expanding)-1]
	return target
}

func (d *document) scalar(n *yaml.Node, v *Value) {
	v.Text = n.Value
	v.Literal = v.Text
	if n.Style == 0 {
		v.Literal = literal(n.Value)
	}
	if strings.Contains(n.Value, "${{") {
		d.references(v)
	}
}

// entries reads the keys of a mapping. Few keys are compared one by one, many
// by a set.
func (d *document) entries(n *yaml.Node, v *Value, depth int) {
	v.Entries = make([]Entry, 0, len(n.Content)/2)
	var seen map[string]diag.Range
	if len(n.Content) > 64 {
		seen = make(map[string]diag.Range, len(n.Content)/2)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, ok := d.key(n.Content[i])
		if !ok {
			continue
		}
		key.Value = d.tree(n.Content[i+1], depth+1)
		if first, twice := find(v.Entries, seen, key.Key); twice {
			d.diags.Errorf(key.KeyRange, "repeated-key", "keep one of them", "%s stands here again, after line %d", key.Key, first.Start.Line)
			continue
		}
		if seen != nil {
			seen[key.Key] = key.KeyRange
		}
		v.Entries = append(v.Entries, key)
	}
}

func find(entries []Entry, seen map[string]diag.Range, key string) (diag.Range, bool) {
	if seen != nil {
		at, ok := seen[key]
		return at, ok
	}
	for i := range entries {
		if entries[i].Key == key {
			return entries[i].KeyRange, true
		}
	}
	return diag.Range{}, false
}

func (d *document) key(n *yaml.Node) (Entry, bool) {
	at := d.rangeOf(n)
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!merge" {
		d.diags.Errorf(at, "merge-key", "write the keys out", "merge keys (<<) are not part of YAML 1.2")
		return Entry{}, false
	}
	if n.Kind != yaml.ScalarNode || n.Style == 0 && literal(n.Value) == nil {
		d.diags.Errorf(at, "key", "", "a key must be text")
		return Entry{}, false
	}
	return Entry{Key: n.Value, KeyRange: at}, true
}

// rangeOf returns the place of a node: all of a scalar that stands on one line,
// else its beginning.
func (d *document) rangeOf(n *yaml.Node) diag.Range {
	if n.Kind != yaml.ScalarNode || n.Value == "" && n.Style == 0 {
		return d.at(n.Line, n.Column, 0)
	}
	return d.at(n.Line, n.Column, d.columns(scalarText(d.from(n.Line, n.Column), n.Value)))
}

// scalarText returns what a scalar takes of the line that it begins on: a plain
// one its text, a quoted one its quotes too, any other one the rest of the line.
func scalarText(line []byte, value string) []byte {
	if len(line) > 0 && (line[0] == '"' || line[0] == '\'') {
		return line[:quotedEnd(line)]
	}
	if len(line) >= len(value) && string(line[:len(value)]) == value {
		return line[:len(value)]
	}
	return bytes.TrimRight(line, " \t")
}

// quotedEnd returns where a quoted scalar at the beginning of a line ends.
func quotedEnd(line []byte) int {
	quote := line[0]
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '\\' && quote == '"':
			i++
		case line[i] == quote && quote == '\'' && i+1 < len(line) && line[i+1] == quote:
			i++
		case line[i] == quote:
			return i + 1
		}
	}
	return len(line)
}
