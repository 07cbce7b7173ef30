package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"quiesce/actions"
	"quiesce/executor/plan"
	"quiesce/internal/diag"
)

// cell makes text safe inside a table of Markdown.
func cell(text string) string {
	return markdownText.Replace(Visible(text))
}

var markdownText = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`)

func table(p *page, head []string, rows [][]string) {
	p.line("| ", strings.Join(head, " | "), " |")
	p.line("|", strings.Repeat(" --- |", len(head)))
	for _, row := range rows {
		for i := range row {
			row[i] = cell(row[i])
		}
		p.line("| ", strings.Join(row, " | "), " |")
	}
	p.line()
}

// WritePlanMarkdown writes a plan as Markdown, for those who approve it:
// complete, nothing is folded but identical files.
func WritePlanMarkdown(w io.Writer, pl *plan.Plan) error {
	p := &page{}
	p.line("# Plan: ", cell(pl.Runbook.Name))
	p.line()
	rows := [][]string{
		{"host", HostText(pl)}, {"plan", pl.Digest}, {"runbook", pl.Runbook.Digest}, {"made by", pl.Tool}, {"changes", Counts(pl)},
		{"way back", wayBack(pl)},
	}
	if len(pl.Inputs) > 0 {
		rows = append(rows, []string{"inputs", inputsText(pl.Inputs)})
	}
	for _, v := range PlannedSpace(pl) {
		rows = append(rows, []string{"space", spaceText(v)})
	}
	table(p, []string{"", ""}, rows)
	for _, n := range pl.Notes {
		p.line("> **Warning** ", cell(join([]string{n.Step, n.Message}, ": ")))
		p.line()
	}
	before, turning := "", pl.PointOfNoReturn()
	for i, s := range pl.Steps {
		if s.ID == turning {
			p.line("---")
			p.line()
			p.line("**Point of no return:** once ", cell(s.ID), " has run, a rollback cannot go back beyond it.")
			p.line()
		}
		markdownStep(p, i+1, s, before)
		before = s.ID
	}
	return p.flush(w)
}

func markdownStep(p *page, n int, s *plan.Step, before string) {
	p.line(fmt.Sprintf("## %d. %s", n, cell(join([]string{s.ID, s.Name}, ": "))))
	p.line()
	terms := stepTerms(s, before)
	if s.Skipped != "" {
		terms = "skipped, " + s.Skipped
	}
	p.line(cell(join([]string{s.Action, terms}, "; ")))
	p.line()
	var rows [][]string
	identical := 0
	for _, c := range s.Changes {
		if c.Kind == actions.FileKeep && c.Rule == "identical" {
			identical++
			continue
		}
		fidelity := string(c.Fidelity)
		if c.Irreversible {
			fidelity = join([]string{fidelity, "cannot be taken back"}, ", ")
		}
		rows = append(rows, []string{c.Kind, c.Subject, p.transition(c), c.Reason, fidelity, c.Undo})
	}
	if len(rows) > 0 {
		table(p, []string{"change", "subject", "from and to", "why", "known", "undo"}, rows)
	}
	if identical > 0 {
		p.line(plural(identical, "file"), " identical.")
		p.line()
	}
}

// WriteRunMarkdown writes how a run stands as Markdown.
func WriteRunMarkdown(w io.Writer, r *Run) error {
	p := &page{}
	p.line("# Run ", r.ID, ": ", cell(r.stateText()))
	p.line()
	table(p, []string{"", ""}, [][]string{
		{"runbook", r.Runbook}, {"host", r.Host}, {"plan", r.Plan},
		{"started", r.Started.Format(time.RFC3339) + by(r.User)}, {"ended", r.endText()},
		{"changes", fmt.Sprintf("%d made of %d planned", r.Made, r.Planned)},
	})
	var rows [][]string
	for _, s := range r.Steps {
		rows = append(rows, []string{s.ID, s.State, fmt.Sprintf("%d of %d", s.Applied, s.Total), s.Error, strings.Join(s.UnderWay, ", ")})
	}
	table(p, []string{"step", "state", "changes", "error", "may be half done"}, rows)
	for _, a := range r.Next {
		p.line("- `", a.Command, "` ", a.Does)
	}
	if r.Reason != "" {
		p.line("Reason: ", cell(r.Reason))
	}
	for _, e := range r.Unfinished {
		p.line("- also unfinished: run ", e.ID, " on ", cell(e.Host), ", ", e.State)
	}
	return p.flush(w)
}

// WriteHistoryMarkdown writes the list of runs as Markdown.
func WriteHistoryMarkdown(w io.Writer, h *History) error {
	p := &page{}
	var rows [][]string
	for _, e := range h.Runs {
		rows = append(rows, e.row())
	}
	table(p, historyHead(), rows)
	return p.flush(w)
}

// WriteDiagnosticsMarkdown writes diagnostics as a table.
func WriteDiagnosticsMarkdown(w io.Writer, list diag.List) error {
	p := &page{}
	if len(list) == 0 {
		p.line("No mistakes were found.")
		return p.flush(w)
	}
	var rows [][]string
	for _, d := range list {
		rows = append(rows, []string{string(d.Severity), d.Range.String(), d.Message, d.Hint, d.Rule})
	}
	table(p, []string{"", "where", "what", "what to do", "rule"}, rows)
	return p.flush(w)
}
