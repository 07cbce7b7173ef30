// Package diag holds positions in documents and the diagnostics that point at
// them: what an author wrote wrong, as a list gathered to the end. What goes
// wrong in the world is a plain error, never a diagnostic.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a document. Line and Column count from 1, columns in
// characters; the zero Pos is "nowhere in particular".
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Range is a stretch of one document, End exclusive. A zero End means "one
// character".
type Range struct {
	File  string `json:"file,omitempty"`
	Start Pos    `json:"start"`
	End   Pos    `json:"end"`
}

// String gives the form that editors and terminals make clickable.
func (r Range) String() string {
	if r.Start.Line == 0 {
		return r.File
	}
	return fmt.Sprintf("%s:%d:%d", r.File, r.Start.Line, r.Start.Column)
}

// Severity says whether a diagnostic stops the work.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Diagnostic is one mistake of an author: what is wrong, where, and what to do.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"`           // stable id in kebab-case, such as unknown-key
	Message  string   `json:"message"`        // lower case, no full stop
	Hint     string   `json:"hint,omitempty"` // what to do, lower case
	Range    Range    `json:"range"`
}

// String gives the diagnostic on one line, without a snippet.
func (d Diagnostic) String() string {
	var b strings.Builder
	if at := d.Range.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if d.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(d.Message)
	if d.Hint != "" {
		b.WriteString(" (" + d.Hint + ")")
	}
	return b.String()
}

// List gathers diagnostics; nil is an empty list.
type List []Diagnostic

// Errorf appends an error. An empty hint says nothing.
func (l *List) Errorf(at Range, rule, hint, format string, args ...any) {
	*l = append(*l, Diagnostic{Error, rule, fmt.Sprintf(format, args...), hint, at})
}

// Warnf appends a warning.
func (l *List) Warnf(at Range, rule, hint, format string, args ...any) {
	*l = append(*l, Diagnostic{Warning, rule, fmt.Sprintf(format, args...), hint, at})
}

// HasErrors tells whether something in the list stops the work.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sort orders the list by file and place, keeping the order of what stands at
// the same place.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Range.File, b.Range.File),
			cmp.Compare(a.Range.Start.Line, b.Range.Start.Line),
			cmp.Compare(a.Range.Start.Column, b.Range.Start.Column))
	})
}

// Failure makes a list travel as an error: the command line shows its
// diagnostics one by one.
type Failure struct {
	List List
}

func (f *Failure) Error() string {
	lines := make([]string, len(f.List))
	for i, d := range f.List {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the list as an error if it has errors, else nil.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return &Failure{l}
}
