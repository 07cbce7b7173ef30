package report

import (
	"io"
	"strings"
)

// page gathers text, so that it is written at once.
type page struct {
	Style
	strings.Builder
}

// line writes one line of parts as they are.
func (p *page) line(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
	p.WriteByte('\n')
}

// para writes words after a prefix, going on below themselves where the
// terminal ends. Only spaces are broken, so a long path stays whole.
func (p *page) para(prefix string, tint paint, text string) {
	indent := columns(prefix)
	for i, line := range p.wrap(text, indent) {
		if i > 0 {
			prefix = strings.Repeat(" ", indent)
		}
		p.line(prefix, p.paint(tint, line))
	}
}

// wrap parts text into lines that fit behind an indent.
func (p *page) wrap(text string, indent int) []string {
	room := p.Width - indent
	if p.Width == 0 || columns(text) <= room || room < 20 {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) > room:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// flush writes the page.
func (p *page) flush(w io.Writer) error {
	_, err := io.WriteString(w, p.String())
	return err
}
