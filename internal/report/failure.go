package report

import (
	"io"
	"strings"

	"quiesce/executor/plan"
)

// WriteError writes what failed, each line of it, and what to do.
func WriteError(w io.Writer, s Style, what, advice string) error {
	p := &page{Style: s}
	p.failure(strings.TrimSpace(what))
	p.hint(advice)
	return p.flush(w)
}

// WriteErrors writes what failed in a run of the plan, of very much the first
// few, and what to do.
func WriteErrors(w io.Writer, s Style, pl *plan.Plan, errs []string, advice string) error {
	p := &page{Style: s}
	names := namesOf(pl)
	shown := few(errs)
	for i, text := range shown {
		if i == linesShown {
			p.line("       ", text)
			break
		}
		p.failure(names.visible(strings.TrimSpace(text)))
	}
	p.hint(advice)
	return p.flush(w)
}

// failure writes the lines of one error.
func (p *page) failure(text string) {
	for i, line := range few(strings.Split(text, "\n")) {
		prefix := p.paint(red, "error: ")
		if i > 0 {
			prefix = "       "
		}
		p.line(prefix, Visible(strings.ReplaceAll(line, "\t", "  ")))
	}
}

func (p *page) hint(advice string) {
	if advice != "" {
		p.para(p.paint(bold, " hint: "), "", Visible(advice))
	}
}
