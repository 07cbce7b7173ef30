package actions_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"quiesce/actions"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	env := &actions.Env{Secrets: map[string]string{"a": "pass", "b": "password", "none": ""}}
	if got, want := env.Redact("password and pass"), "*** and ***"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	env.Secrets["key"] = "-----BEGIN KEY-----\nMIIEow\r\n  ab\nsaid \"hi\"\n"
	for text, want := range map[string]string{
		"line 2 is MIIEow":                 "line 2 is ***",
		"-----BEGIN KEY----- and ab":       "*** and ab", // too short to be told from other text
		`{"message":"said \"hi\" to you"}`: `{"message":"*** to you"}`,
		env.Secrets["key"]:                 "***",
	} {
		if got := env.Redact(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	err := env.RedactError(fmt.Errorf("run net use password: %w", fs.ErrNotExist))
	if got, want := err.Error(), "run net use ***: file does not exist"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	if env.RedactError(nil) != nil {
		t.Error("no error became one")
	}
}
