package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Style is how text is written on one stream. The zero Style is plain Unicode
// text of any width.
type Style struct {
	Colour bool
	ASCII  bool // the stream cannot show more than ASCII
	Width  int  // columns of the terminal; 0 if there is none
}

// paint is a colour or weight, as an ANSI parameter.
type paint string

const (
	bold   paint = "1"
	dim    paint = "2"
	red    paint = "31"
	green  paint = "32"
	yellow paint = "33"
	blue   paint = "34"
	cyan   paint = "36"
)

func (s Style) paint(p paint, text string) string {
	if !s.Colour || p == "" || text == "" {
		return text
	}
	return "\x1b[" + string(p) + "m" + text + "\x1b[0m"
}

// glyph chooses between a character and what stands for it in ASCII.
func (s Style) glyph(unicode, ascii string) string {
	if s.ASCII {
		return ascii
	}
	return unicode
}

func (s Style) arrow() string { return s.glyph("→", "->") }

// Visible makes control characters, format characters such as those that turn
// the direction of writing, and invalid UTF-8 visible: \n, \x1b, \u202e.
func Visible(text string) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			b.WriteString(escape(rune(text[i]), 2, 'x'))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case hidden(r) && r <= 0xff:
			b.WriteString(escape(r, 2, 'x'))
		case hidden(r) && r <= 0xffff:
			b.WriteString(escape(r, 4, 'u'))
		case hidden(r):
			b.WriteString(escape(r, 8, 'U'))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func escape(r rune, digits int, letter byte) string {
	const hex = "0123456789abcdef"
	out := []byte{'\\', letter}
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		out = append(out, hex[r>>shift&0xf])
	}
	return string(out)
}

func hidden(r rune) bool {
	return r == utf8.RuneError || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

// columns is how many columns of a terminal the text takes, its paint left out.
func columns(text string) int {
	n, painted := 0, false
	for _, r := range text {
		switch {
		case r == '\x1b':
			painted = true
		case painted:
			painted = r != 'm'
		default:
			n += runeColumns(r)
		}
	}
	return n
}

func runeColumns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// pad fills text up to n columns.
func pad(text string, n int) string {
	return text + strings.Repeat(" ", max(0, n-columns(text)))
}
