package runbooks

import "sync"

// cache keeps what is made once for a runbook.
type cache struct {
	mu     sync.Mutex
	lookup *lookup
}

// reset takes the names of a check.
func (c *cache) reset(l *lookup) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lookup = l
}
