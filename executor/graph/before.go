package graph

// Before returns all nodes that a node waits for, directly or not.
func (g *Graph) Before(id string) map[string]bool { return g.reach(id, g.waits) }

// Behind returns all nodes that wait for a node, directly or not.
func (g *Graph) Behind(id string) map[string]bool { return g.reach(id, g.waiters) }

func (g *Graph) reach(id string, edges [][]int) map[string]bool {
	reached := map[string]bool{}
	todo := []int{g.index[id]}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, next := range edges[n] {
			if !reached[g.ids[next]] {
				reached[g.ids[next]] = true
				todo = append(todo, next)
			}
		}
	}
	return reached
}
