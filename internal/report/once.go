package report

import (
	"regexp"
	"slices"
	"strings"
)

// doing is a part of an error that says what was done to a path.
var doing = regexp.MustCompile(`^([a-z. ]+?) ((?:/|[A-Za-z]:\\).*)$`)

// once takes out of an error what it says twice: the system names its operation
// and the path again, behind who has asked it to. "remove the backup /a: remove
// /a: not permitted" is "remove the backup /a: not permitted".
func once(text string) string {
	parts := strings.Split(text, ": ")
	kept := parts[:1]
	for i := 1; i < len(parts); i++ {
		if i < len(parts)-1 && repeats(kept[len(kept)-1], parts[i]) {
			continue
		}
		kept = append(kept, parts[i])
	}
	return strings.Join(kept, ": ")
}

// repeats tells whether a part of an error says nothing beyond the one before
// it: it is the same verb of the same path; of two paths the last one.
func repeats(before, part string) bool {
	a, b := doing.FindStringSubmatch(before), doing.FindStringSubmatch(part)
	if a == nil || b == nil || a[2] != b[2] && !strings.HasSuffix(b[2], " "+a[2]) {
		return false
	}
	verb, _, _ := strings.Cut(b[1], " ")
	return slices.Contains(strings.Fields(a[1]), verb)
}
