// Package builtin is the one list of all families of verbs that Quiesce knows.
package builtin
