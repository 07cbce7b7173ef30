package memory

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"quiesce/internal/diag"
)

// maxDepth is how deep a description may nest; none that means anything comes near.
const maxDepth = 16

// decoder fills the structs of a description from a document and gathers what
// does not fit, with its place.
type decoder struct {
	file  string
	diags diag.List
	// places are the ranges of the structs that were read, by their address.
	places map[any]diag.Range
}

func (d *decoder) at(n *yaml.Node) diag.Range {
	start := diag.Pos{Line: n.Line, Column: n.Column}
	end := start
	if n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "\n") {
		end.Column += len([]rune(n.Value))
	}
	return diag.Range{File: d.file, Start: start, End: end}
}

func (d *decoder) wrongType(n *yaml.Node, want string) {
	d.diags.Errorf(d.at(n), "wrong-type", "", "want %s, not %s", want, kindOf(n))
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	if n.Tag == "!!null" {
		return "nothing"
	}
	return fmt.Sprintf("%q", n.Value)
}

// fromNode is what a type with a form of its own implements.
type fromNode interface {
	fromNode(d *decoder, n *yaml.Node)
}

// decode fills v, which is settable, from a node.
func (d *decoder) decode(n *yaml.Node, v reflect.Value, depth int) {
	if depth > maxDepth {
		d.diags.Errorf(d.at(n), "too-deep", "", "nested too deep")
		return
	}
	if own, ok := v.Addr().Interface().(fromNode); ok {
		own.fromNode(d, n)
		return
	}
	switch v.Interface().(type) {
	case time.Time, time.Duration:
		d.scalar(n, v, "a "+map[bool]string{true: "time, such as 1999-06-01T02:00:00Z", false: "duration, such as 30s"}[v.Kind() == reflect.Struct])
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(n, v.Elem(), depth+1)
	case reflect.Struct:
		d.object(n, v, depth)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.wrongType(n, "a list")
			return
		}
		if len(n.Content) == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, item := range n.Content {
			d.decode(item, v.Index(i), depth+1)
		}
	case reflect.String:
		d.scalar(n, v, "text")
	case reflect.Bool:
		d.scalar(n, v, "true or false")
	default:
		d.scalar(n, v, "a whole number")
	}
}

// scalar fills v from a node that must be one plain value. What other readers
// of YAML take for true, such as yes, is text here.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, want string) {
	fits := n.Kind == yaml.ScalarNode && (n.Tag != "!!null" || v.Kind() == reflect.String) &&
		(v.Kind() != reflect.Bool || n.Tag == "!!bool") && n.Tag != "!!binary"
	if v.Kind() == reflect.String && fits {
		v.SetString(n.Value)
		return
	}
	if !fits || n.Decode(v.Addr().Interface()) != nil {
		d.wrongType(n, want)
	}
}

// object fills a struct from a map whose keys are its fields.
func (d *decoder) object(n *yaml.Node, v reflect.Value, depth int) {
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, "a map")
		return
	}
	d.places[v.Addr().Interface()] = d.at(n)
	fields := fieldsOf(v.Type())
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field := slices.Index(fields, key.Value)
		switch {
		case field < 0 || key.Kind != yaml.ScalarNode:
			d.diags.Errorf(d.at(key), "unknown-key", "known here: "+strings.Join(fields, ", "), "unknown key %q", key.Value)
		case seen[key.Value]:
			d.diags.Errorf(d.at(key), "repeated-key", "", "key %q stands here twice", key.Value)
		default:
			d.decode(value, v.Field(field), depth+1)
		}
		seen[key.Value] = true
	}
}

// fieldsOf returns the keys of a struct's fields, in their order.
func fieldsOf(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
	}
	return names
}
