package actions

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Redact replaces the values of secret inputs in a text by ***, longer ones
// first, since one may hold another.
func (e *Env) Redact(text string) string {
	values := slices.SortedFunc(maps.Values(e.Secrets), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	for _, value := range values {
		if value != "" {
			text = strings.ReplaceAll(text, value, "***")
		}
	}
	return text
}

// RedactError clears the text of an error of secrets. It wraps err, so that
// errors.Is sees the cause; the text of what is unwrapped is not to be shown.
func (e *Env) RedactError(err error) error {
	if err == nil || len(e.Secrets) == 0 {
		return err
	}
	return &redactedError{e.Redact(err.Error()), err}
}

type redactedError struct {
	text string
	err  error
}

func (r *redactedError) Error() string { return r.text }

func (r *redactedError) Unwrap() error { return r.err }
