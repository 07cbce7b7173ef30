//go:build !race

package executor_test

// sampled: see the same constant for the race detector.
const sampled = false
