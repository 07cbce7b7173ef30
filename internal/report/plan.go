package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/plan"
)

// WritePlan writes a plan for people: what would happen, step by step, and
// why. What is left alone is folded where it is much; the file has all of it.
// The space that is needed is that of the volumes.
func WritePlan(w io.Writer, s Style, p *plan.Plan, volumes []executor.Volume) error {
	out := &page{Style: s}
	out.header(p)
	out.space(volumes)
	out.line()
	before := ""
	turning := p.PointOfNoReturn()
	for i, step := range p.Steps {
		if step.ID == turning {
			out.pointOfNoReturn(step)
		}
		out.planStep(i+1, step, before)
		before = step.ID
	}
	out.notes(p.Notes)
	out.summary(p)
	return out.flush(w)
}

func (p *page) header(pl *plan.Plan) {
	p.line(p.paint(bold, Visible(pl.Runbook.Name)))
	if d := strings.TrimSpace(pl.Runbook.Description); d != "" {
		p.para("", dim, Visible(strings.Join(strings.Fields(d), " ")))
	}
	p.field("host", HostText(pl))
	p.field("plan", Short(pl.Digest)+", made by "+Visible(pl.Tool))
	if len(pl.Inputs) > 0 {
		p.field("inputs", inputsText(pl.Inputs))
	}
	p.field("changes", Counts(pl))
}

func (p *page) field(name, text string) {
	p.para(pad(name, 9), "", text)
}

// HostText names the host of a plan.
func HostText(pl *plan.Plan) string {
	return Visible(fmt.Sprintf("%s (%s/%s)", pl.Host.Name, pl.Host.OS, pl.Host.Arch))
}

// Short is a digest that people compare at a glance: its first 12 digits.
func Short(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return "sha256:" + hex[:min(12, len(hex))]
}

// Counts says how many changes a plan has, and how well each kind is known.
func Counts(pl *plan.Plan) string {
	if pl.Summary.Changes == 0 {
		return "none"
	}
	var parts []string
	for _, f := range []actions.Fidelity{actions.Exact, actions.Bounded, actions.Opaque} {
		if n := pl.Summary.ByFidelity[string(f)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", grouped(int64(n)), f))
		}
	}
	return fmt.Sprintf("%s: %s", grouped(int64(pl.Summary.Changes)), strings.Join(parts, ", "))
}

// inputsText shows the inputs, never a secret one.
func inputsText(inputs map[string]any) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		parts = append(parts, Visible(name+"="+valueText(inputs[name])))
	}
	return strings.Join(parts, "  ")
}

func valueText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		if v["secret"] == true {
			return "(secret)"
		}
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

// planStep writes one step and its changes. before is the step above it.
func (p *page) planStep(n int, step *plan.Step, before string) {
	number := fmt.Sprintf("%3d  ", n)
	if step.Skipped != "" {
		p.para(p.paint(dim, number), dim, join([]string{Visible(step.ID), "skipped, " + Visible(step.Skipped)}, "  "))
		return
	}
	title := p.paint(bold, Visible(step.ID)) + "  " + p.paint(dim, Visible(step.Action))
	if step.Name != "" {
		title = p.paint(bold, Visible(step.ID)) + "  " + Visible(step.Name) + "  " + p.paint(dim, Visible(step.Action))
	}
	p.line(number, title)
	if how := stepTerms(step, before); how != "" {
		p.para("     ", dim, how)
	}
	if len(step.Changes) == 0 {
		p.line("     ", p.paint(dim, "nothing to do"))
	}
	p.changes(step.Changes)
}

// stepTerms says what is unusual about a step: what it waits for, how it is
// held, retried, limited, and what its failure means.
func stepTerms(step *plan.Step, before string) string {
	var terms []string
	switch {
	case len(step.Needs) == 0 && before != "":
		terms = append(terms, "starts at once")
	case len(step.Needs) > 0 && !slices.Equal(step.Needs, []string{before}):
		terms = append(terms, "after "+Visible(strings.Join(step.Needs, ", ")))
	}
	if step.Hold {
		terms = append(terms, "held: checked again before each step that changes something")
	}
	if step.Timeout != "" {
		terms = append(terms, "at most "+step.Timeout)
	}
	if step.Retries > 0 {
		again := "tried again up to " + plural(step.Retries, "time")
		if step.RetryDelay != "" {
			again += ", " + step.RetryDelay + " apart"
		}
		terms = append(terms, again)
	}
	switch step.OnFailure {
	case "continue":
		terms = append(terms, "if it fails the run goes on: "+Visible(step.Reason))
	case "stop":
		terms = append(terms, "if it fails the run stops and nothing is taken back")
	case "rollback":
		terms = append(terms, "if it fails the run is rolled back")
	}
	return strings.Join(terms, "; ")
}

// pointOfNoReturn draws the line behind which there is no full way back.
func (p *page) pointOfNoReturn(step *plan.Step) {
	rule := strings.Repeat(p.glyph("━", "="), 5)
	p.line(p.paint(red, rule+" point of no return: once "+Visible(step.ID)+" has run, a rollback cannot go back beyond it "+rule))
}

func (p *page) notes(notes []plan.Note) {
	if len(notes) == 0 {
		return
	}
	p.line()
	for _, n := range notes {
		text := Visible(n.Message)
		if n.Step != "" {
			text = Visible(n.Step) + ": " + text
		}
		p.para(p.paint(yellow, "warning: "), "", text)
	}
}

// summary is the last word: what it comes to, and whether there is a way back.
func (p *page) summary(pl *plan.Plan) {
	p.line()
	if pl.Summary.Changes == 0 {
		p.line(idleText(p.Style, pl))
		return
	}
	kinds := []string{}
	for _, kind := range slices.Sorted(maps.Keys(pl.Summary.ByKind)) {
		if actions.Alters(kind) {
			kinds = append(kinds, fmt.Sprintf("%s %s", grouped(int64(pl.Summary.ByKind[kind])), kind))
		}
	}
	p.para(p.paint(bold, plural(pl.Summary.Changes, "change")+": "), "", strings.Join(kinds, ", ")+".")
	if n := pl.Summary.ByFidelity[string(actions.Opaque)]; n > 0 {
		p.para("", "", p.paint(yellow, plural(n, "change"))+" opaque: what a command does is not known before it runs.")
	}
	p.para("", "", wayBack(pl))
}

// idleText tells a plan that does nothing from one that only verifies.
func idleText(s Style, pl *plan.Plan) string {
	verified := 0
	for kind, n := range pl.Summary.ByKind {
		if !actions.Alters(kind) && kind != actions.FileKeep {
			verified += n
		}
	}
	switch verified {
	case 0:
		return s.paint(green, "Nothing to do: ") + "the host is as the runbook wants it."
	case 1:
		return s.paint(green, "Nothing to change: ") + "1 thing is verified."
	}
	return s.paint(green, "Nothing to change: ") + plural(verified, "thing") + " are verified."
}

// leftOut counts the changes that a rollback passes by.
func leftOut(pl *plan.Plan) int {
	n := 0
	for _, s := range pl.Steps {
		for _, c := range s.Changes {
			if notUndone(c) {
				n++
			}
		}
	}
	return n
}

func wayBack(pl *plan.Plan) string {
	text := "If a step fails, everything that was done is rolled back."
	if leftOut(pl) > 0 || pl.PointOfNoReturn() != "" {
		text = "If a step fails, what was done is rolled back."
	}
	if pl.OnFailure == "stop" {
		text = "If a step fails, the run stops there, and can be resumed or rolled back."
	}
	if n := leftOut(pl); n > 0 {
		text += fmt.Sprintf(" A rollback does not bring back what is marked not undone (%s).", plural(n, "change"))
	}
	if step := pl.PointOfNoReturn(); step != "" {
		text += " From step " + Visible(step) + " on there is no full way back."
	}
	return text
}
