// Package graph is a directed graph of named nodes that wait for each other:
// its order is deterministic, its cycles are told step by step, and it can be
// walked in parallel with a bound. It knows nothing of what the nodes are.
//
// Nodes keep the order in which they were added; wherever the graph leaves a
// choice, the node that was added first comes first.
package graph
