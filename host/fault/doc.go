// Package fault passes everything on to a host, but lets operations fail as a
// plan says: the n-th, each of one kind, each on one subject. It counts them,
// so that a sweep can run n = 1, 2, … until a run passes untouched, and has then
// seen every place at which something can go wrong.
//
// An operation that fails has no effect, save that a write can be short, and
// that a Close closes nonetheless. Every call of every facet is an operation,
// and so is every call on a tree and on an open file; only the clock is not.
package fault
