package memory

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMatchText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*]{0,6}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[ab\n]{0,8}`).Draw(t, "text")
		form := regexp.MustCompile(`^` + strings.ReplaceAll(pattern, "*", `(?s:.*)`) + `\z`)
		if got, want := matchText(pattern, text), form.MatchString(text); got != want {
			t.Errorf("%q against %q: %v", text, pattern, got)
		}
	})
}
