package cli

import (
	"errors"
	"slices"
	"testing"

	"quiesce/executor/journal"
)

// log tells the order of what is kept and what is written.
type log struct{ lines []string }

func (l *log) Append(r journal.Record) (int, error) {
	l.lines = append(l.lines, string(r.Type))
	return len(l.lines), nil
}

func (l *log) Sync(int) error { return nil }

func TestSavingJournal(t *testing.T) {
	t.Parallel()
	t.Run("the host is kept before each record of what was done to it", func(t *testing.T) {
		t.Parallel()
		l := &log{}
		j := &savingJournal{Journal: l, save: func() error { l.lines = append(l.lines, "kept"); return nil }}
		for _, typ := range []journal.Type{journal.Intent, journal.Applied, journal.Undone, journal.End} {
			if _, err := j.Append(journal.Record{Type: typ}); err != nil {
				t.Fatal(err)
			}
		}
		if want := []string{"intent", "kept", "applied", "kept", "undone", "kept", "end"}; !slices.Equal(l.lines, want) {
			t.Errorf("got %v, want %v", l.lines, want)
		}
	})
	t.Run("nothing is written of what could not be kept", func(t *testing.T) {
		t.Parallel()
		l := &log{}
		full := errors.New("no space left")
		j := &savingJournal{Journal: l, save: func() error { return full }}
		if _, err := j.Append(journal.Record{Type: journal.Applied}); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		if len(l.lines) > 0 {
			t.Errorf("written: %v", l.lines)
		}
	})
}

func TestRedactor(t *testing.T) {
	t.Parallel()
	r := &redactor{}
	r.add(map[string]string{"a": "abc", "b": "abcdef", "empty": "", "quoted": "x\"y\n<z>"})
	for text, want := range map[string]string{
		"abcdef and abc":              "*** and ***",
		"x\"y\n<z>":                   "***",
		`"x\"y\n<z>"`:                 `"***"`,
		`{"k":"x\"y\n\u003cz\u003e"}`: `{"k":"***"}`,
		"nothing":                     "nothing",
	} {
		if got := r.text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
