package runbooks

import (
	"sync"

	"cel.dev/cel-go/cel"
)

// cache keeps what is made once for a runbook: names, the CEL environment and
// compiled conditions, one for each distinct text and type of loop variable.
type cache struct {
	mu         sync.Mutex
	lookup     *lookup
	env        *cel.Env
	conditions map[string]*condition
}

// reset takes the names of a check, and forgets what was compiled before.
func (c *cache) reset(l *lookup) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lookup, c.conditions = l, map[string]*condition{}
}
