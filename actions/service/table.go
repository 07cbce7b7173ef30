package service

import (
	"context"
	"maps"
	"slices"

	"quiesce/executor/graph"
	"quiesce/host"
)

// table is the services of a host at one moment, with who depends on whom.
type table struct {
	flavour    host.Flavour
	services   []host.Service
	byKey      map[string]int
	dependents map[string][]int // by key: who depends on it directly
}

func look(ctx context.Context, h host.Host) (*table, error) {
	services, err := h.Services.List(ctx)
	if err != nil {
		return nil, err
	}
	t := &table{h.Facts.Flavour(), services, make(map[string]int, len(services)), map[string][]int{}}
	for i, s := range services {
		t.byKey[t.flavour.Key(s.Name)] = i
		for _, on := range s.DependsOn {
			key := t.flavour.Key(on)
			t.dependents[key] = append(t.dependents[key], i)
		}
	}
	return t, nil
}

func (t *table) find(name string) (host.Service, bool) {
	i, ok := t.byKey[t.flavour.Key(name)]
	if !ok {
		return host.Service{}, false
	}
	return t.services[i], true
}

// above returns everything that depends on the named services, directly or
// not, without these.
func (t *table) above(names ...string) []host.Service {
	return t.reach(names, func(s host.Service) []int { return t.dependents[t.flavour.Key(s.Name)] })
}

// below returns everything that the named services depend on, directly or
// not, without these. What is no service of the host, such as a driver, is
// left out.
func (t *table) below(names ...string) []host.Service {
	return t.reach(names, func(s host.Service) []int {
		var on []int
		for _, name := range s.DependsOn {
			if i, ok := t.byKey[t.flavour.Key(name)]; ok {
				on = append(on, i)
			}
		}
		return on
	})
}

func (t *table) reach(from []string, next func(host.Service) []int) []host.Service {
	seen := map[int]bool{}
	var todo, found []int
	for _, name := range from {
		if i, ok := t.byKey[t.flavour.Key(name)]; ok && !seen[i] {
			seen[i] = true
			todo = append(todo, i)
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, n := range next(t.services[i]) {
			if !seen[n] {
				seen[n] = true
				todo, found = append(todo, n), append(found, n)
			}
		}
	}
	slices.Sort(found)
	out := make([]host.Service, len(found))
	for k, i := range found {
		out[k] = t.services[i]
	}
	return out
}

// downOrder orders services for stopping: each after all that depend on it,
// else as given. Services that depend on each other are a *graph.CycleError.
func (t *table) downOrder(names []string) ([]string, error) {
	return t.order(names, func(g *graph.Graph, s, on string) error { return g.Wait(on, s) })
}

// upOrder orders services for starting: each after all that it depends on,
// else as given.
func (t *table) upOrder(names []string) ([]string, error) {
	return t.order(names, func(g *graph.Graph, s, on string) error { return g.Wait(s, on) })
}

func (t *table) order(names []string, wait func(g *graph.Graph, s, on string) error) ([]string, error) {
	g := &graph.Graph{}
	in := map[string]bool{}
	for _, name := range names {
		g.Add(name)
		in[name] = true
	}
	for _, name := range names {
		s, _ := t.find(name)
		for _, on := range s.DependsOn {
			if d, ok := t.find(on); ok && in[d.Name] {
				if err := wait(g, name, d.Name); err != nil {
					return nil, err
				}
			}
		}
	}
	return g.Order()
}

func (t *table) sameName(a, b string) bool { return t.flavour.Key(a) == t.flavour.Key(b) }

func (t *table) has(names []string, name string) bool {
	return slices.ContainsFunc(names, func(other string) bool { return t.sameName(other, name) })
}

func namesOf(services []host.Service) []string {
	out := make([]string, len(services))
	for i, s := range services {
		out[i] = s.Name
	}
	return out
}

func active(services []host.Service) []host.Service {
	return slices.DeleteFunc(slices.Clone(services), func(s host.Service) bool { return !s.State.Active() })
}

func inactive(services []host.Service) []host.Service {
	return slices.DeleteFunc(slices.Clone(services), func(s host.Service) bool { return s.State.Active() })
}

func sortedNames(set map[string]string) []string { return slices.Sorted(maps.Keys(set)) }
