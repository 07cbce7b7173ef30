package actions

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"quiesce/host"
)

// IsGlob tells whether a name in a runbook stands for several names of a host.
func IsGlob(pattern string) bool { return strings.ContainsAny(pattern, "*?[{") }

// ValidPattern tells whether a name or glob can match anything at all.
func ValidPattern(pattern string) bool {
	return pattern != "" && (!IsGlob(pattern) || doublestar.ValidatePattern(pattern))
}

// MatchName tells whether a name of a host is meant by a name or glob of a
// runbook: without case where the host's flavour has none.
func MatchName(f host.Flavour, pattern, name string) bool {
	pattern, name = f.Key(pattern), f.Key(name)
	if !IsGlob(pattern) {
		return pattern == name
	}
	return doublestar.MatchUnvalidated(pattern, name)
}

// Closest returns the name that a misspelt one most likely stands for, or ""
// if none is near: at most a third of its letters may differ, or one of two.
func Closest(name string, among []string) string {
	best, least := "", len(name)/3+1
	if len(name) == 2 {
		least = 2
	}
	for _, other := range among {
		if d := distance(strings.ToLower(name), strings.ToLower(other)); d < least {
			best, least = other, d
		}
	}
	return best
}

// maxListed is how many names a hint lists.
const maxListed = 8

// Known lists the names that could have been meant, the first few of many.
func Known(names []string) string {
	switch n := len(names) - maxListed; {
	case len(names) == 0:
		return "there is none"
	case n > 1:
		return fmt.Sprintf("known here: %s and %d more", strings.Join(names[:maxListed], ", "), n)
	}
	return "known here: " + strings.Join(names, ", ")
}

// distance is the number of letters to insert, delete or replace between two
// words (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
