package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"quiesce/internal/diag"
)

// Sources are the documents that diagnostics point into, by file name.
type Sources map[string][]byte

// tabWidth is how far apart tab stops are drawn.
const tabWidth = 4

// WriteDiagnostics writes the list for people, grouped by file in the order of
// the document, each with its line and a caret below it, and a count at the
// end. An empty list writes nothing.
func WriteDiagnostics(w io.Writer, s Style, list diag.List, sources Sources) error {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	list.Sort()
	lines := map[string][]string{}
	for file, source := range sources {
		lines[file] = strings.Split(string(source), "\n")
	}
	p := &page{Style: s}
	for _, d := range list {
		p.diagnostic(d, lines[d.Range.File])
		p.line()
	}
	p.line(p.paint(bold, count(list)))
	return p.flush(w)
}

func (p *page) diagnostic(d diag.Diagnostic, lines []string) {
	tint := red
	if d.Severity == diag.Warning {
		tint = yellow
	}
	p.line(p.paint(tint, string(d.Severity)), p.paint(bold, ": "+visibleLines(d.Message)), p.paint(dim, " ["+d.Rule+"]"))
	gutter := strings.Repeat(" ", len(strconv.Itoa(d.Range.Start.Line)))
	if at := d.Range.String(); at != "" {
		p.line(gutter, p.paint(blue, "--> "), Visible(at))
	}
	if n := d.Range.Start.Line; n >= 1 && n <= len(lines) {
		p.snippet(d.Range, strings.TrimSuffix(lines[n-1], "\r"), gutter, tint)
	}
	if d.Hint != "" {
		p.para(gutter+" = hint: ", "", Visible(d.Hint))
	}
}

// snippet draws the line and marks the range below it. A long line is shown
// around the mark, and dots say that there is more.
func (p *page) snippet(r diag.Range, line, gutter string, tint paint) {
	bar := p.paint(blue, " | ")
	text, starts := expand(line)
	from := starts[clamp(r.Start.Column-1, len(starts)-1)]
	to := from + 1
	switch {
	case r.End.Line == r.Start.Line && r.End.Column > r.Start.Column:
		to = starts[clamp(r.End.Column-1, len(starts)-1)]
	case r.End.Line > r.Start.Line:
		to = columns(text)
	}
	text, from, to = window(text, from, max(to, from+1), p.room(len(gutter)+3))
	p.line(p.paint(blue, fmt.Sprintf("%d", r.Start.Line)), bar, text)
	p.line(gutter, bar, strings.Repeat(" ", from), p.paint(tint, strings.Repeat("^", to-from)))
}

// room is how many columns are left behind an indent: enough, if there is no
// terminal.
func (s Style) room(indent int) int {
	if s.Width == 0 {
		return 160
	}
	return max(s.Width-indent, 40)
}

// expand renders a line with its tabs as spaces and its control characters
// visible, and tells the column at which each of its characters starts; the
// last start is the line's end.
func expand(line string) (string, []int) {
	var b strings.Builder
	var starts []int
	at := 0
	for _, r := range line {
		starts = append(starts, at)
		shown := string(r)
		if r == '\t' {
			shown = strings.Repeat(" ", tabWidth-at%tabWidth)
		} else if hidden(r) {
			shown = Visible(shown)
		}
		b.WriteString(shown)
		at += columns(shown)
	}
	return b.String(), append(starts, at)
}

// window cuts text to the columns around from..to.
func window(text string, from, to, room int) (string, int, int) {
	if columns(text) <= room {
		return text, from, to
	}
	const dots = "..."
	start := max(0, from-room/3)
	lead := ""
	if start > 0 {
		lead = dots
	}
	var b strings.Builder
	b.WriteString(lead)
	at, end := 0, start+room-2*len(dots)
	skipped := 0
	for _, r := range text {
		w := runeColumns(r)
		if at >= start && at+w <= end {
			b.WriteRune(r)
		} else if at < start {
			skipped = at + w
		}
		at += w
	}
	if end < at {
		b.WriteString(dots)
	}
	shift := len(lead) - skipped
	return b.String(), max(from+shift, 0), max(min(to, end)+shift, from+shift+1)
}

func clamp(n, most int) int { return max(0, min(n, most)) }

// visibleLines is Visible of a message that may have several lines.
func visibleLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = Visible(lines[i])
	}
	return strings.Join(lines, "\n  ")
}

// count says how many errors and warnings a list has, and in how many files.
func count(list diag.List) string {
	errs, files := 0, map[string]bool{}
	for _, d := range list {
		if d.Severity == diag.Error {
			errs++
		}
		if d.Range.File != "" {
			files[d.Range.File] = true
		}
	}
	var parts []string
	if errs > 0 {
		parts = append(parts, plural(errs, "error"))
	}
	if n := len(list) - errs; n > 0 {
		parts = append(parts, plural(n, "warning"))
	}
	text := strings.Join(parts, ", ")
	switch names := slices.Sorted(maps.Keys(files)); len(names) {
	case 0:
	case 1:
		text += " in " + Visible(names[0])
	default:
		text += fmt.Sprintf(" in %d files", len(names))
	}
	return text
}

// plural counts things whose name takes an s.
func plural(n int, name string) string {
	if n == 1 {
		return "1 " + name
	}
	return grouped(int64(n)) + " " + name + "s"
}

// grouped writes a number with commas between its thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// WriteValid says of each file without errors that it is valid.
func WriteValid(w io.Writer, s Style, files []string, steps map[string]int, list diag.List) error {
	broken := map[string]bool{}
	for _, d := range list {
		broken[d.Range.File] = broken[d.Range.File] || d.Severity == diag.Error
	}
	p := &page{Style: s}
	for _, file := range files {
		if !broken[file] {
			p.line(p.paint(green, "valid"), ": ", Visible(file), ", ", plural(steps[file], "step"))
		}
	}
	return p.flush(w)
}
