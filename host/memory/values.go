package memory

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Size is a number of bytes. It is written with a unit of 1000s or 1024s, such
// as 200MB or 1.5GiB, or without one.
type Size uint64

var units = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

func (s *Size) fromNode(d *decoder, n *yaml.Node) {
	text, factor := n.Value, 1.0
	for _, u := range units {
		if number, ok := strings.CutSuffix(text, u.name); ok {
			text, factor = strings.TrimSpace(number), u.bytes
			break
		}
	}
	number, err := strconv.ParseFloat(text, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(number >= 0) || number*factor >= math.MaxUint64/2 {
		d.wrongType(n, "a size, such as 200MB")
		return
	}
	*s = Size(number * factor)
}

func (a *Answer) fromNode(d *decoder, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Value == "hang" {
		a.Hang = true
		return
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "fail" &&
		n.Content[1].Kind == yaml.ScalarNode && n.Content[1].Value != "" {
		a.Fail = n.Content[1].Value
		return
	}
	d.diags.Errorf(d.at(n), "wrong-type", "", "want hang or {fail: message}")
}

// MarshalYAML implements yaml.Marshaler.
func (a Answer) MarshalYAML() (any, error) {
	switch {
	case a.Hang && a.Fail == "":
		return "hang", nil
	case a.Fail != "" && !a.Hang:
		return map[string]string{"fail": a.Fail}, nil
	}
	return nil, fmt.Errorf("write answer of a service: it must either hang or fail")
}
