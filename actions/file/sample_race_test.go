//go:build race

package file_test

// sampled: the race detector slows the crash tests down tenfold, and they are
// about power cuts.
const sampled = true
