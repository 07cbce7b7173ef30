package report

import (
	"fmt"
	"strings"

	"quiesce/actions"
	"quiesce/executor"
)

// text is the line that an event leaves behind, or "".
func (p *Progress) text(e executor.Event) string {
	s := p.style
	failure := ""
	if e.Err != nil {
		failure = p.failureText(e.Err)
	}
	switch e.Type {
	case executor.StepStarted:
		if !p.live {
			return p.numbered(e.Step, "") + "started"
		}
	case executor.StepDone:
		return p.numbered(e.Step, s.paint(green, s.glyph("✓ ", ""))) + p.doneText(e)
	case executor.StepFailed:
		return p.numbered(e.Step, s.paint(red, s.glyph("✗ ", ""))) + s.paint(red, "failed: ") + failure
	case executor.StepContinued:
		return p.numbered(e.Step, "") + s.paint(yellow, "the run goes on without it: ") + Visible(e.Detail)
	case executor.StepRetried:
		return p.numbered(e.Step, "") + fmt.Sprintf("attempt %d, for the one before failed: %s", e.Attempt, failure)
	case executor.StepSkipped:
		return p.numbered(e.Step, "") + s.paint(dim, "skipped, "+Visible(e.Detail))
	case executor.RollbackStarted:
		return s.paint(yellow, "rolling back")
	case executor.ChangeUndone:
		if notUndone(*e.Change) {
			return s.paint(dim, "left as it is ") + changeText(e.Change) + s.paint(dim, ", "+Visible(e.Change.Undo))
		}
		return p.undoneText() + " " + changeText(e.Change)
	case executor.UndoFailed:
		return s.paint(red, s.glyph("✗", "x")+" not undone") + " " + ofChange(e.Change, failure)
	}
	return ""
}

// failureText is an error in lines; of many the first few.
func (p *Progress) failureText(err error) string {
	lines := few(Flatten(p.names.visible(err.Error())))
	return visibleLines(strings.Join(lines, "\n"))
}

// ofChange says of which change a failure is, unless it says so itself: of a
// group that was not taken back, it may be another one than the first.
func ofChange(c *actions.Change, failure string) string {
	if strings.HasPrefix(failure, c.Kind+" ") {
		return failure
	}
	return changeText(c) + ": " + failure
}

func changeText(c *actions.Change) string {
	return c.Kind + " " + Visible(c.Subject)
}

func (p *Progress) numbered(step, mark string) string {
	return fmt.Sprintf("[%d/%d] %s%s: ", p.index[step], len(p.plan.Steps), mark, Visible(step))
}

// doneText says what a step did, and how long it took.
func (p *Progress) doneText(e executor.Event) string {
	changes := p.plan.Steps[p.index[e.Step]-1].Changes
	made, verified := alterations(changes), 0
	for _, c := range changes {
		if !actions.Alters(c.Kind) && c.Kind != actions.FileKeep {
			verified++
		}
	}
	text := ""
	switch {
	case made > 0:
		text = plural(made, "change")
	case verified > 0:
		text = "verified"
	default:
		text = "nothing to do"
	}
	return "done, " + text + p.style.paint(dim, " in "+elapsed(e.Elapsed))
}
