package cli

import (
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/term"

	"quiesce/internal/report"
)

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Which of them are terminals, and how wide.
	InTerminal, OutTerminal, ErrTerminal bool
	Width                                int
	// Signals asks to stop; nil never asks.
	Signals <-chan os.Signal
	// Getenv reads the environment.
	Getenv func(string) string
}

// systemStreams are those of the process.
func systemStreams(signals <-chan os.Signal) Streams {
	s := Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Signals:     signals,
		Getenv:      os.Getenv,
	}
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			s.Width = width
			break
		}
	}
	return s
}

// style returns how text is written on a stream that is a terminal or not.
func (s Streams) style(terminal, noColour bool) report.Style {
	style := report.Style{ASCII: s.ascii()}
	if terminal {
		style.Width = s.Width
		style.Colour = !noColour && s.Getenv("NO_COLOR") == "" && s.Getenv("TERM") != "dumb"
	}
	return style
}

// ascii tells whether the locale can show no more than ASCII.
func (s Streams) ascii() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := s.Getenv(name); locale != "" {
			locale = strings.ToLower(locale)
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return runtime.GOOS != "windows"
}
