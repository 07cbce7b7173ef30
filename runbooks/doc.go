// Package runbooks is the language: it parses a YAML runbook into a tree whose
// every node keeps its place, checks it against a catalog of actions without
// running anything, and resolves references while a plan is made.
//
// A mistake of the author is a diagnostic with file, line, column and a hint;
// they are gathered to the end, never only the first. Hostile documents are
// refused by limits on size, depth, expansion and number of steps.
//
// YAML is read in the sense of version 1.2: yes and on are text, and so are
// dates; a number where text is wanted is told to be quoted, because 0644 and
// 5.10 lose something when they are numbers. There are no tags and no merge
// keys; an alias counts as often as it is used.
//
// Order: a step without needs comes after the step above it, needs: [] waits for
// nothing, and other needs say exactly what is waited for. Whatever names a step,
// in a reference, a condition or a parameter, must come after it in that order.
//
// References, as in ${{ inputs.pack }}, are names and no expressions; one that
// is the whole value keeps its type, and $${{ is a literal ${{. Conditions are
// CEL over the same names, checked with their types before anything runs, and
// bounded in the work that they may do. A step with for-each is planned once for
// each value, under the ids id[0], id[1] and so on; when is asked for each of
// them, and for others its outputs are lists with one element for each.
//
// A secret input stays a reference, ${{ inputs.name }}, in everything that this
// package returns but Bound.Secrets; ExpandSecrets replaces it where it is used.
//
// The package knows no action: it declares the Catalog that a registry of
// actions satisfies.
package runbooks
