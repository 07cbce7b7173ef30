// Package runbooks is the language: it parses a YAML runbook into a tree whose
// every node keeps its place, checks it against a catalog of actions without
// running anything, and resolves references while a plan is made.
//
// A mistake of the author is a diagnostic with file, line, column and a hint;
// they are gathered to the end, never only the first. Hostile documents are
// refused by limits on size, depth, expansion and number of steps.
//
// The package knows no action: it declares the Catalog that a registry of
// actions satisfies.
package runbooks
