package memory

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"quiesce/host"
)

// Attributes are the extended attributes of a file by name. A value is text or,
// as getfattr(1) writes it, base64 after 0s or hexadecimal digits after 0x.
type Attributes map[string]string

func (a *Attributes) fromNode(d *decoder, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, "a map of names and values")
		return
	}
	*a = Attributes{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		_, twice := (*a)[key.Value]
		switch {
		case twice:
			d.diags.Errorf(d.at(key), "repeated-key", "", "attribute %q stands here twice", key.Value)
		case value.Kind != yaml.ScalarNode:
			d.wrongType(value, "text")
		}
		(*a)[key.Value] = value.Value
	}
}

// values returns the bytes of every value.
func (a Attributes) values() (map[string][]byte, error) {
	if len(a) == 0 {
		return nil, nil
	}
	all := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if space, rest, ok := strings.Cut(name, "."); !ok || space == "" || rest == "" {
			return nil, fmt.Errorf("an attribute is called as user.origin is, not %q", name)
		}
		value, err := bytesOf(a[name])
		if err == nil && name == host.AccessACL {
			_, err = host.ModeOfACL(value)
		}
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", name, err)
		}
		all[name] = value
	}
	return all, nil
}

func bytesOf(text string) ([]byte, error) {
	switch {
	case strings.HasPrefix(text, "0s"):
		return base64.StdEncoding.DecodeString(text[2:])
	case strings.HasPrefix(text, "0x"):
		return hex.DecodeString(text[2:])
	}
	return []byte(text), nil
}

// attributesOf is values backwards, in normal form.
func attributesOf(values map[string][]byte) Attributes {
	if len(values) == 0 {
		return nil
	}
	a := Attributes{}
	for name, value := range values {
		a[name] = string(value)
		if !isText(value) || strings.HasPrefix(a[name], "0s") || strings.HasPrefix(a[name], "0x") {
			a[name] = "0s" + base64.StdEncoding.EncodeToString(value)
		}
	}
	return a
}
