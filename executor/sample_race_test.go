//go:build race

package executor_test

// sampled: the race detector makes the sweeps ten times slower, and they are
// about faults, so it sees a sample of them.
const sampled = true
