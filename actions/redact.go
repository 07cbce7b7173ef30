package actions

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// redacted stands where a secret stood.
const redacted = "***"

// shortestLine is how many characters a line of a secret has that is masked by
// itself. Shorter ones stand everywhere in what programs write.
const shortestLine = 4

// Redactor takes the values of secrets out of texts: whole, line by line, and
// in the forms in which Go and JSON quote them.
type Redactor struct {
	values []string // the longest first, since one may hold another
}

// NewRedactor returns one for the values of secrets.
func NewRedactor(secrets map[string]string) *Redactor {
	r := &Redactor{}
	r.Add(secrets)
	return r
}

// Add makes more values secret.
func (r *Redactor) Add(secrets map[string]string) {
	values := slices.Clone(r.values)
	for _, value := range secrets {
		values = append(values, forms(value)...)
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len([]rune(line)) >= shortestLine {
				values = append(values, forms(line)...)
			}
		}
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	r.values = slices.Compact(values)
}

// forms returns how a value is written and quoted.
func forms(value string) []string {
	if value == "" {
		return nil
	}
	quoted := strconv.Quote(value)
	all := []string{value, quoted[1 : len(quoted)-1]}
	if encoded, err := json.Marshal(value); err == nil {
		all = append(all, string(encoded[1:len(encoded)-1]))
	}
	return all
}

// Text replaces every secret in a text by ***.
func (r *Redactor) Text(text string) string {
	for _, value := range r.values {
		text = strings.ReplaceAll(text, value, redacted)
	}
	return text
}
