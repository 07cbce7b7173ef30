package cli_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quiesce/internal/cli"
)

// session is the program with streams of the test's own.
type session struct {
	streams  cli.Streams
	out, err bytes.Buffer
	env      map[string]string
}

func newSession(t *testing.T) *session {
	t.Helper()
	s := &session{env: map[string]string{"LANG": "C.UTF-8", "QUIESCE_STATE": t.TempDir()}}
	s.streams = cli.Streams{
		In: strings.NewReader(""), Out: &s.out, Err: &s.err, Width: 100,
		Getenv: func(name string) string { return s.env[name] },
	}
	return s
}

func (s *session) run(t *testing.T, want cli.Exit, args ...string) {
	t.Helper()
	s.out.Reset()
	s.err.Reset()
	if got := cli.Run(t.Context(), s.streams, args); got != want {
		t.Fatalf("quiesce %v: exit %d, not %d\n%s%s", args, got, want, s.out.String(), s.err.String())
	}
}

const small = `version: 1
name: Small
steps:
  - {id: stop, action: stop-services, with: {services: [Mail]}}
  - {id: gate, action: confirm, with: {message: "Go on?"}}
  - {id: start, action: start-services, with: {stopped-by: stop}}
`

const server = `name: SRV01
os: windows
arch: amd64
now: 1999-06-01T02:00:00Z
services:
  - {name: Mail, state: running, start: auto, process: mail.exe, pid: 10}
`

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestColours(t *testing.T) {
	t.Parallel()
	rb, on := write(t, "rb.yaml", small), write(t, "host.yaml", server)
	for _, test := range []struct {
		name     string
		terminal bool
		env      map[string]string
		args     []string
		coloured bool
	}{
		{"a terminal has colours", true, nil, nil, true},
		{"a file has none", false, nil, nil, false},
		{"NO_COLOR", true, map[string]string{"NO_COLOR": "1"}, nil, false},
		{"an empty NO_COLOR does not count", true, map[string]string{"NO_COLOR": ""}, nil, true},
		{"a dumb terminal", true, map[string]string{"TERM": "dumb"}, nil, false},
		{"--no-color", true, nil, []string{"--no-color"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSession(t)
			s.streams.OutTerminal = test.terminal
			for name, value := range test.env {
				s.env[name] = value
			}
			s.run(t, cli.Done, append([]string{"plan", rb, "--host", on}, test.args...)...)
			if got := strings.Contains(s.out.String(), "\x1b["); got != test.coloured {
				t.Errorf("coloured: %v\n%s", got, s.out.String())
			}
		})
	}
}

func TestTerminalSession(t *testing.T) {
	t.Parallel()
	rb, on := write(t, "rb.yaml", small), write(t, "host.yaml", server)
	s := newSession(t)
	s.streams.InTerminal, s.streams.OutTerminal, s.streams.ErrTerminal = true, true, true
	s.streams.In = strings.NewReader("yes\nyes\nno\n")
	s.run(t, cli.Done, "apply", rb, "--host", on)
	for _, want := range []string{"apply these 2 changes to SRV01? type yes: ", "Go on? type yes to go on: ", "\r\x1b[K"} {
		if !strings.Contains(s.err.String(), want) {
			t.Errorf("no %q in %q", want, s.err.String())
		}
	}
	s.run(t, cli.Fault, "rollback", "last")
	s.streams.In = strings.NewReader("")
	s.run(t, cli.Fault, "rollback", "last")
	if !strings.Contains(s.err.String(), "read the answer: EOF") {
		t.Errorf("got %q", s.err.String())
	}
	s.streams.In = strings.NewReader("YES\n")
	s.run(t, cli.Done, "rollback", "last")
}

func TestInterruptedQuestion(t *testing.T) {
	t.Parallel()
	rb, on := write(t, "rb.yaml", small), write(t, "host.yaml", server)
	s := newSession(t)
	signals := make(chan os.Signal, 1)
	s.streams.In, s.streams.InTerminal, s.streams.Signals = hesitant{t, signals}, true, signals
	s.run(t, cli.Fault, "apply", rb, "--host", on)
	if !strings.Contains(s.err.String(), "error: interrupted") {
		t.Errorf("got %q", s.err.String())
	}
	s.run(t, cli.Done, "history")
	if !strings.Contains(s.err.String(), "nothing was run yet") {
		t.Errorf("got %q%q", s.out.String(), s.err.String())
	}
}

// hesitant is a person who, when asked, presses the keys for an interrupt.
type hesitant struct {
	t       *testing.T
	signals chan<- os.Signal
}

func (h hesitant) Read([]byte) (int, error) {
	h.signals <- os.Interrupt
	<-h.t.Context().Done()
	return 0, io.EOF
}

// gone is a reader that has gone away.
type gone struct{ after int }

func (g *gone) Write(p []byte) (int, error) {
	if g.after--; g.after < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestLostOutput(t *testing.T) {
	t.Parallel()
	rb := write(t, "rb.yaml", strings.ReplaceAll(small, "  - {id: gate, action: confirm, with: {message: \"Go on?\"}}\n", ""))
	on := write(t, "host.yaml", server)
	s := newSession(t)
	s.streams.Out = &gone{after: 3}
	s.run(t, cli.LookNeeded, "apply", rb, "--host", on, "--yes", "--format", "json")
	if !strings.Contains(s.err.String(), "tell how run") {
		t.Errorf("got %q", s.err.String())
	}
	s.streams.Out = &s.out
	s.run(t, cli.Done, "status")
	if !strings.Contains(s.out.String(), "succeeded") {
		t.Errorf("a run does not depend on who watches it: %s", s.out.String())
	}
}

// BenchmarkVersion is the time from the start of the program to its end.
func BenchmarkVersion(b *testing.B) {
	for b.Loop() {
		s := cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Getenv: os.Getenv}
		if code := cli.Run(b.Context(), s, []string{"version"}); code != cli.Done {
			b.Fatal(code)
		}
	}
}
