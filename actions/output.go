package actions

import (
	"strings"

	"quiesce/host"
)

// Of a failed program's output the last lines are told, up to so many bytes.
const (
	outputLines = 5
	outputBytes = 1000
)

// LastWords returns the end of what a program wrote, to standard error if there
// is something, without the values of secrets; "no output" if it was silent.
func (e *Env) LastWords(r host.CommandResult) string {
	text := string(r.Stderr)
	if strings.TrimSpace(text) == "" {
		text = string(r.Stdout)
	}
	lines := strings.Split(strings.TrimSpace(e.Redact(text)), "\n")
	if len(lines) == 1 && lines[0] == "" {
		return "no output"
	}
	text = strings.Join(lines[max(0, len(lines)-outputLines):], "\n")
	if len(text) > outputBytes {
		text = "…" + strings.ToValidUTF8(text[len(text)-outputBytes:], "")
	}
	return text
}
