package check_test

import (
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"quiesce/actions/check"
)

func TestContains(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab]{0,40}`).Draw(t, "text")
		want := rapid.StringMatching(`[ab]{1,6}`).Draw(t, "want")
		got, err := check.Contains(iotest.OneByteReader(strings.NewReader(text)), want)
		if err != nil || got != strings.Contains(text, want) {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
