package hosttest

import (
	"context"
	"slices"
	"testing"

	"quiesce/host"
)

// What a driver may lack: a facet, or an optional interface of its trees.
const (
	Services     = "services"
	Processes    = "processes"
	Connections  = "connections"
	Monitors     = "monitors"
	Commands     = "commands"
	Network      = "network"
	Exchange     = "exchange"
	Place        = "place"
	Sync         = "sync"
	Import       = "import"
	Digest       = "digest"
	Holders      = "holders"
	Space        = "space"
	Delay        = "delay"
	Attributes   = "attributes"    // extended ones
	FixedHolders = "fixed-holders" // files that the fixture says are open
	Symlinks     = "symlinks"
	Ownership    = "ownership" // changing owners, for want of rights or of owners
)

// World is a host that holds a fixture.
type World struct {
	Host host.Host
	// Dir is the directory, absolute in the host's flavour, that holds the
	// fixture's files and nothing else.
	Dir string
	// Lacks is what the host lacks.
	Lacks []string
	// Programs are commands of this host, unless it lacks Commands.
	Programs Programs
	// Sites are places on this host's network, unless it lacks Network.
	Sites Sites
}

// Programs are commands with known results.
type Programs struct {
	Hello []string // writes "hello" to stdout and "warning" to stderr, ends with 0
	Three []string // ends with 3
	Long  []string // takes a minute
}

// Sites are places that answer, or do not.
type Sites struct {
	Open   string // address:port that accepts connections
	Closed string // address:port that refuses them
	URL    string // answers GET with status 200 and "hello"
}

// Lacking tells whether the host lacks something.
func (w World) Lacking(what string) bool { return slices.Contains(w.Lacks, what) }

// Run tests the hosts that open makes. Each call must make a new world with the
// fixture's content.
func Run(t *testing.T, open func(t *testing.T, f Fixture) World) {
	t.Helper()
	s := suite{open}
	t.Run("host", s.host)
	t.Run("clock", s.clock)
	t.Run("open", s.opening)
	t.Run("names", s.names)
	t.Run("links", s.links)
	t.Run("tree", s.tree)
	t.Run("rename", s.rename)
	t.Run("file", s.file)
	t.Run("windows", s.windows)
	t.Run("exchange", s.exchange)
	t.Run("place", s.place)
	t.Run("sync", s.sync)
	t.Run("import", s.imports)
	t.Run("digest", s.digest)
	t.Run("holders", s.holders)
	t.Run("space", s.space)
	t.Run("delay", s.delay)
	t.Run("attributes", s.attributes)
	t.Run("renaming", s.renaming)
	t.Run("services", s.services)
	t.Run("processes", s.processes)
	t.Run("connections", s.connections)
	t.Run("monitors", s.monitors)
	t.Run("commands", s.commands)
	t.Run("network", s.network)
}

type suite struct {
	open func(t *testing.T, f Fixture) World
}

// world makes a world with the standard fixture.
func (s suite) world(t *testing.T) World {
	t.Helper()
	return s.open(t, Standard())
}

// having skips a test of what the host lacks.
func (s suite) having(t *testing.T, what string) World {
	t.Helper()
	w := s.world(t)
	if w.Lacking(what) {
		t.Skipf("the host lacks %s, which another test shows", what)
	}
	return w
}

// treeOf opens the directory of a world.
func treeOf(t *testing.T, w World) host.Tree {
	t.Helper()
	tree, err := w.Host.Files.Open(context.Background(), w.Dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	})
	return tree
}

// both makes a world and opens its directory.
func (s suite) both(t *testing.T) (World, host.Tree) {
	t.Helper()
	w := s.world(t)
	return w, treeOf(t, w)
}

// sentences runs each as a parallel subtest.
func sentences(t *testing.T, tests map[string]func(t *testing.T)) {
	t.Helper()
	for sentence, test := range tests {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}
