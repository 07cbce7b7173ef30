package graph

// Before returns all nodes that a node waits for, directly or not.
func (g *Graph) Before(id string) map[string]bool {
	before := map[string]bool{}
	todo := []int{g.index[id]}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, next := range g.waits[n] {
			if !before[g.ids[next]] {
				before[g.ids[next]] = true
				todo = append(todo, next)
			}
		}
	}
	return before
}
