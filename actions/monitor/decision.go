package monitor

import (
	"fmt"
	"slices"
	"time"

	"quiesce/actions"
)

// decision turns what was found into changes and findings.
type decision struct {
	action   *verify
	proposal *actions.Proposal
	found    []any
	ending   []int // ids of the processes that are ended
	silences []actions.Change
	ends     []actions.Change
	absences []actions.Change
	err      error
}

func (d *decision) decide(q search, found []sighting) {
	for _, g := range found {
		d.found = append(d.found, g.evidence)
	}
	if d.action.OnFound == silence && q.Monitor == server && len(found) > 0 {
		d.silence(found)
		return
	}
	reason := "none seen"
	for _, g := range found {
		if d.action.OnFound != stop || !d.end(g) {
			d.refuse(g)
			continue
		}
		q.Ended = append(q.Ended, g.process.PID)
		reason = "none left when the processes above have ended"
	}
	d.add(&d.absences, actions.Change{
		Kind: actions.MonitorAbsent, Subject: q.Monitor, Fidelity: actions.Exact, Reason: reason,
	}, q)
}

func (d *decision) add(to *[]actions.Change, c actions.Change, with any) {
	if err := c.Encode(with); err != nil {
		d.err = err
		return
	}
	*to = append(*to, c)
}

// end ends the process of a sighting, and tells whether that can be done.
func (d *decision) end(g sighting) bool {
	p := g.process
	if g.remote || p == nil || p.Service != "" {
		return false
	}
	if slices.Contains(d.ending, p.PID) {
		return true
	}
	d.ending = append(d.ending, p.PID)
	d.add(&d.ends, actions.Change{
		Kind: actions.ProcessEnd, Subject: fmt.Sprintf("%s (%d)", p.Name, p.PID), Fidelity: actions.Exact,
		Reason: g.monitor + " on this host",
		Old:    &actions.Facts{PID: p.PID, Evidence: g.evidence},
		Undo:   actions.NoUndo + p.Name + " is not started again",
	}, identity{p.PID, p.Name, p.Started.UTC().Format(time.RFC3339Nano)})
	return true
}

func (d *decision) silence(found []sighting) {
	s := d.action.Silence
	d.add(&d.silences, actions.Change{
		Kind: actions.MonitorSilence, Subject: s.Server, Fidelity: actions.Exact,
		Reason: fmt.Sprintf("%s; alarms are silent for %s at the longest", evidence(found), s.Duration),
		Undo:   "the silence is lifted; it is lifted when the run ends too",
	}, terms{s.Server, s.Comment, s.Duration.String()})
}

// refuse makes a finding of what stays.
func (d *decision) refuse(g sighting) {
	d.proposal.Refuse("monitors", "monitor-found", d.advice(g), "%s watches this host: %s", g.monitor, g.evidence)
}

func (d *decision) advice(g sighting) string {
	stopping := d.action.OnFound == stop
	switch {
	case g.remote && stopping:
		return "it cannot be ended from here: quit it on " + g.client
	case g.remote:
		return "quit it on " + g.client
	case g.process != nil && g.process.Service != "":
		return "stop it with stop-services: services: [" + g.process.Service + "]"
	case d.action.OnFound == silence:
		return "a silence does not make it let go: quit it"
	case stopping:
		return "no process is known that could be ended: quit it"
	}
	return "quit it, or write on-found: stop"
}
