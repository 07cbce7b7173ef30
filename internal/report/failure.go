package report

import (
	"io"
	"strings"
)

// WriteError writes what failed, each line of it, and what to do.
func WriteError(w io.Writer, s Style, what, advice string) error {
	p := &page{Style: s}
	for i, line := range strings.Split(strings.TrimSpace(what), "\n") {
		prefix := p.paint(red, "error: ")
		if i > 0 {
			prefix = "       "
		}
		p.line(prefix, Visible(strings.ReplaceAll(line, "\t", "  ")))
	}
	if advice != "" {
		p.para(p.paint(bold, " hint: "), "", Visible(advice))
	}
	return p.flush(w)
}
