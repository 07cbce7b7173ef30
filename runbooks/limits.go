package runbooks

import "cmp"

// Limits bound what a document may cost. A zero field means its default.
type Limits struct {
	Bytes int // size of the document; 16 MiB
	Depth int // nesting of lists and maps; 64
	Nodes int // scalars, lists and maps, after aliases are expanded; 2,000,000
	Steps int // 20,000
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Bytes: cmp.Or(l.Bytes, 16<<20),
		Depth: cmp.Or(l.Depth, 64),
		Nodes: cmp.Or(l.Nodes, 2_000_000),
		Steps: cmp.Or(l.Steps, 20_000),
	}
}

// Bounds of a condition: its length in characters, and the work that it may do.
const (
	maxCondition     = 8192
	maxConditionCost = 1_000_000
)
