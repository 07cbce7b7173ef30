// Package examples holds the runbooks that Quiesce comes with, to read, to copy
// and to try. Each is planned, applied, made to fail at every step and rolled
// back by a test of package fixtures, on a simulated host of its own.
package examples

import "embed"

// Files holds the examples by file name.
//
//go:embed *.yaml
var Files embed.FS
