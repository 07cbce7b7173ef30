package runbooks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// suggest returns a hint that names what was probably meant: the nearest of the
// known names, or all of them if they are few.
func suggest(name string, known []string) string {
	if best := nearest(name, known); best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	if len(known) == 0 || len(known) > 12 {
		return ""
	}
	return "known here: " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
}

// maxSuggestions is how many names are compared, so that a hostile document
// does not make it long.
const maxSuggestions = 1000

// nearest returns the first of the known names that differs least, if that is
// little, else "".
func nearest(name string, known []string) string {
	best, near := "", max(len(name)/3, 1)+1
	for _, k := range known[:min(len(known), maxSuggestions)] {
		if d := distance(name, k, near); d < near {
			best, near = k, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, change or swap to turn a into b;
// limit or more is limit.
func distance(a, b string, limit int) int {
	if abs(len(a)-len(b)) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(last[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit)
}

func abs(n int) int { return max(n, -n) }

// kebab returns a name of another tool in the form of our keys:
// dependsOn and depends_on are depends-on.
func kebab(name string) string {
	var b strings.Builder
	for i, c := range []byte(name) {
		switch {
		case c == '_' || c == ' ':
			b.WriteByte('-')
		case c >= 'A' && c <= 'Z':
			if i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z' {
				b.WriteByte('-')
			}
			b.WriteByte(c | 0x20)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// habit says how we write what another tool calls name, or "".
func habit(name string, habits []string, known []string) string {
	plain := kebab(name)
	for i := 0; i+1 < len(habits); i += 2 {
		if habits[i] == plain && fits(habits[i+1], known) {
			return habits[i+1]
		}
	}
	if plain != name && slices.Contains(known, plain) {
		return fmt.Sprintf("write %s: keys are in lower case, with dashes", plain)
	}
	for _, unit := range []string{"-sec", "-secs", "-seconds", "-s", "-ms", "-min", "-mins", "-minutes"} {
		if base, ok := strings.CutSuffix(plain, unit); ok && slices.Contains(known, base) {
			return fmt.Sprintf("write %s: 30s, with its unit", base)
		}
	}
	return ""
}

// fits tells whether advice to write a key names one that is known here.
func fits(advice string, known []string) bool {
	ours, ok := strings.CutPrefix(advice, "write ")
	if !ok {
		return true
	}
	end := strings.IndexFunc(ours, func(c rune) bool { return c != '-' && (c < 'a' || c > 'z') })
	if end >= 0 {
		ours = ours[:end]
	}
	return slices.Contains(known, ours)
}

// explain returns the hint for an unknown name.
func explain(name string, habits []string, known []string) string {
	return cmp.Or(habit(name, habits, known), suggest(name, known))
}

// choose returns the hint for a word that is none of those allowed, which the
// message lists.
func choose(word string, allowed []string) string {
	if h := habit(word, wordHabits, allowed); h != "" {
		return h
	}
	if best := nearest(word, allowed); best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return ""
}
