package report

import (
	"regexp"
	"strings"
)

// gathered is how an error of several begins, in the words of go-multierror,
// behind what it was said of.
var gathered = regexp.MustCompile(`^(.*?)\d+ errors? occurred:$`)

// Flatten parts a text of gathered errors, as a journal keeps it, into the
// errors themselves, each with what the whole was said of, and nothing twice.
// Another text is one error, without space around it.
func Flatten(text string) []string {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, " occurred:") {
		return []string{once(text)}
	}
	var out, of []string
	said := func() string { return strings.Join(of, "") }
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		item, isItem := strings.CutPrefix(line, "\t* ")
		if match := gathered.FindStringSubmatch(item); match != nil {
			of = append(of, match[1])
			continue
		}
		switch {
		case line == "":
			of = of[:max(0, len(of)-1)]
		case isItem || len(out) == 0:
			out = append(out, said()+item)
		default:
			out[len(out)-1] += "\n" + strings.TrimLeft(line, "\t")
		}
	}
	for i := range out {
		out[i] = once(out[i])
	}
	return out
}

// FlatText is Flatten on one line each.
func FlatText(text string) string { return strings.Join(Flatten(text), "\n") }
