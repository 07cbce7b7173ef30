package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"quiesce/executor"
)

// WriteRun writes how a run stands, for people.
func WriteRun(w io.Writer, s Style, r *Run) error {
	p := &page{Style: s}
	p.line(p.paint(bold, "run "+r.ID), "  ", p.paint(stateTint(r.State), r.stateText()))
	p.field("runbook", Visible(r.Runbook))
	p.field("host", Visible(r.Host))
	p.field("started", r.Started.Format(time.RFC3339)+by(r.User))
	p.field("ended", r.endText())
	p.field("changes", fmt.Sprintf("%s made of %s planned", grouped(int64(r.Made)), grouped(int64(r.Planned))))
	if r.Simulated != "" {
		p.field("host is", "simulated: "+Visible(r.Simulated))
	}
	if r.Reason != "" {
		p.reason(r)
	}
	p.settled(r.Settled)
	p.line()
	p.steps(r)
	p.advice(r)
	p.unfinished(r.Unfinished)
	return p.flush(w)
}

// settled tells what persons have decided on conflicts.
func (p *page) settled(all []Settled) {
	for _, s := range all {
		p.field("settled", Visible(s.Decision+" "+s.Subject+": "+s.Told))
	}
}

func (p *page) reason(r *Run) {
	name := "reason"
	for _, line := range few(strings.Split(r.names.visible(r.Reason), "\n")) {
		p.field(name, Visible(line))
		name = ""
	}
}

// unfinished names other runs that nobody has settled.
func (p *page) unfinished(others []Entry) {
	for _, e := range others {
		p.line(p.paint(yellow, "also unfinished: "), "run ", e.ID, " on ", Visible(e.Host), ", ", e.State, ": quiesce status ", e.ID)
	}
}

func by(user string) string {
	if user == "" {
		return ""
	}
	return " by " + Visible(user)
}

// stateText names the state, and what it means where the word does not say.
func (r *Run) stateText() string {
	return finalizedText(r.plainState(), r.Finalized)
}

// finalizedText adds to a state what became of the backups.
func finalizedText(state, finalized string) string {
	switch finalized {
	case FinalizedDone:
		return state + ", finalized"
	case FinalizedPartly:
		return state + ", partly finalized"
	}
	return state
}

func (r *Run) plainState() string {
	switch {
	case r.State == Running && r.RollingBack:
		return "running: it is being rolled back"
	case r.State == Interrupted && r.RollingBack:
		return "interrupted while it was being rolled back"
	case r.State == string(executor.Unfinished):
		return "unfinished: all changes are made, but something held for the run was not let go"
	}
	return r.State
}

func (r *Run) endText() string {
	switch r.State {
	case Running:
		return "not yet; process " + r.holderText()
	case Interrupted:
		return "never; last heard of " + r.Ended.Format(time.RFC3339)
	}
	return r.Ended.Format(time.RFC3339) + " (" + elapsed(r.Ended.Sub(r.Started)) + ")"
}

func (r *Run) holderText() string {
	if r.Holder == nil || r.Holder.PID == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%d of %s, since %s", r.Holder.PID, Visible(r.Holder.User), r.Holder.Since.Format(time.RFC3339))
}

func (p *page) steps(r *Run) {
	ids, states := 0, 0
	for _, s := range r.Steps {
		ids, states = max(ids, columns(Visible(s.ID))), max(states, columns(s.State))
	}
	for i, s := range r.Steps {
		amount := ""
		if s.Total > 0 {
			amount = fmt.Sprintf("%s of %s", grouped(int64(s.Applied)), grouped(int64(s.Total)))
		}
		p.line(strings.TrimRight(fmt.Sprintf("%3d  %s  %s  %s", i+1, pad(Visible(s.ID), ids),
			p.paint(stepTint(s.State), pad(s.State, states)), amount), " "))
		if s.Error != "" {
			p.wrong("       ", r.names.visible(s.Error))
		}
		p.underWay(s.UnderWay)
	}
}

// wrong writes errors, each on a line of its own; of many the first few.
func (p *page) wrong(indent, text string) {
	for _, one := range few(strings.Split(text, "\n")) {
		p.para(indent, red, Visible(one))
	}
}

// underWay lists what may be half done; of many the first few.
func (p *page) underWay(subjects []string) {
	const most = 3
	for _, subject := range subjects[:min(most, len(subjects))] {
		p.para("       may be half done: ", yellow, Visible(subject))
	}
	if rest := len(subjects) - most; rest > 0 {
		p.line("       ", p.paint(yellow, fmt.Sprintf("and %s more of the same step (all of them: --format json)", grouped(int64(rest)))))
	}
}

func (p *page) advice(r *Run) {
	p.line()
	switch {
	case r.Finalized == FinalizedDone:
		p.line("Its backups are gone; there is nothing to do.")
	case r.Finalized == FinalizedPartly:
		p.line("Its backups are partly gone, so it cannot be taken back.")
	case r.State == string(executor.RolledBack) && r.kept:
		p.line("What was done was taken back, as it was decided. What was kept of the files that were left stays until it is dropped:")
	case r.State == string(executor.Closed):
		p.line("The host was accepted as it is; nothing needs to be done.")
	case r.State == string(executor.RolledBack) && len(r.Settled) > 0:
		p.line("What was done was taken back, as it was decided; there is nothing to do.")
	case r.State == string(executor.RolledBack):
		p.line("Everything was taken back; there is nothing to do.")
	case r.State == Running && len(r.Next) == 0:
		p.line("Another process works on it.")
	case r.State == Interrupted || r.State == string(executor.Started):
		p.line("Nothing works on it now. What was begun is found out when the run goes on or back:")
	}
	p.commands(r.Next)
}

func (p *page) commands(next []Advice) {
	longest := 0
	for _, a := range next {
		longest = max(longest, columns(a.Command))
	}
	for _, a := range next {
		p.line("  ", p.paint(bold, pad(a.Command, longest)), "  ", p.paint(dim, a.Does))
	}
}

func stateTint(state string) paint {
	switch state {
	case string(executor.Succeeded):
		return green
	case string(executor.RolledBack), Running:
		return yellow
	}
	return red
}

func stepTint(state string) paint {
	switch executor.StepState(state) {
	case executor.Applied:
		return green
	case executor.FailedStep, executor.NotUndone, executor.PartlyUndone:
		return red
	case executor.Started, executor.Undone, executor.Continued:
		return yellow
	}
	return dim
}

// elapsed shows a duration as people read it.
func elapsed(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
