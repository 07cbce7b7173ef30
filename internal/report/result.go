package report

import (
	"fmt"
	"io"
	"slices"

	"quiesce/actions"
	"quiesce/executor"
)

// WriteResult writes how a command that changes a host ended, for people: the
// outcome, what stands now, and the way on or back.
func WriteResult(w io.Writer, s Style, r *Result) error {
	p := &page{Style: s}
	mark, tint := p.glyph("✓", "+"), green
	if r.Exit != 0 {
		mark, tint = p.glyph("✗", "x"), red
	}
	p.line(p.paint(tint, mark+" "+r.Outcome), ": ", r.standing())
	if r.Run != "" {
		p.field("run", r.Run)
	}
	if r.Simulated != "" {
		p.field("host", "simulated, kept in "+Visible(r.Simulated))
	}
	p.settled(r.Settled)
	p.commands(r.Next)
	return p.flush(w)
}

// standing says what stands on the host now.
func (r *Result) standing() string {
	of := fmt.Sprintf("%s of %s made", grouped(int64(r.Made)), plural(r.Planned, "planned change"))
	switch executor.Outcome(r.Outcome) {
	case executor.Succeeded:
		return of + " in " + elapsed(r.Took)
	case executor.RolledBack:
		if slices.ContainsFunc(r.Settled, func(s Settled) bool { return s.Decision == string(actions.KeepTheirs) }) {
			return "everything that was done was taken back, but for what somebody has decided to leave, in " + elapsed(r.Took)
		}
		return "everything that was done was taken back, in " + elapsed(r.Took)
	case executor.Interrupted:
		return of + "; nothing is lost"
	case executor.Stopped:
		return of + "; a step failed, and the runbook says to stop there"
	case executor.Incomplete:
		return of + " and not taken back: somebody must look"
	case executor.Closed:
		return of + "; the host is accepted as it is"
	case executor.Finalized:
		return r.droppedText()
	case PartlyFinalized:
		return r.droppedText() + "; " + r.keptText()
	case executor.Unfinished:
		return of + ", but something held for the run was not let go"
	}
	return of
}

// keptText says what a finalize that failed has not dropped.
func (r *Result) keptText() string {
	if r.Kept == nil {
		return "the others are still there"
	}
	return "backups of " + Bytes(*r.Kept) + " are still there"
}

func (r *Result) droppedText() string {
	text := fmt.Sprintf("%s dropped, %s freed", plural(r.Backups, "backup"), Bytes(r.Freed))
	if n := len(r.Left); n > 0 {
		text += fmt.Sprintf("; %s left that %s no backup any more", plural(n, "name"), map[bool]string{true: "is", false: "are"}[n == 1])
	}
	return text
}
