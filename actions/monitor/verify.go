package monitor

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"quiesce/actions"
)

// verify is the action verify-no-monitor.
type verify struct {
	Monitors  []string `param:"monitors"`
	From      []string `param:"from"`
	Processes []string `param:"processes"`
	OnFound   string   `param:"on-found"`
	Silence   struct {
		Server   string        `param:"server"`
		Duration time.Duration `param:"duration"`
		Comment  string        `param:"comment"`
	} `param:"silence"`
}

func newVerify(step actions.StepParams) (actions.Action, error) {
	a := &verify{}
	if err := step.Params.Decode(a); err != nil {
		return nil, fmt.Errorf("verify-no-monitor: %w", err)
	}
	if a.Silence.Comment == "" {
		a.Silence.Comment = defaultComment
	}
	return a, nil
}

// Plan implements actions.Action.
func (a *verify) Plan(ctx context.Context, env *actions.Env) (actions.Proposal, error) {
	p := actions.Proposal{Outputs: map[string]any{"found": []any{}}}
	a.check(&p)
	s, err := look(ctx, env.Host)
	if p.CannotTell("monitors", "whether somebody watches the host", err) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("plan verify-no-monitor: %w", err)
	}
	d := &decision{action: a, proposal: &p, found: []any{}}
	for _, q := range a.searches() {
		d.decide(q, s.find(q))
	}
	p.Outputs["found"] = d.found
	p.Changes = slices.Concat(d.silences, d.ends, d.absences)
	return p, d.err
}

// check finds what is wrong with the parameters together.
func (a *verify) check(p *actions.Proposal) {
	switch {
	case a.OnFound != silence && a.Silence.Server != "":
		p.Warn("silence", "unused-silence", "write on-found: silence", "no silence is opened: on-found is %s", a.OnFound)
	case a.OnFound == silence && a.Silence.Server == "":
		p.Refuse("on-found", "missing-silence", "write silence: {server: …, duration: …}", "on-found: silence does not say where")
	case a.OnFound == silence && a.Silence.Duration <= 0:
		p.Refuse("silence", "endless-silence", "write how long, such as 2h", "a silence of %s does not silence", a.Silence.Duration)
	}
	if u, err := url.Parse(a.Silence.Server); err == nil && u.User != nil {
		p.Refuse("silence", "secret-in-url", "leave the user out of server", "the address of the monitoring server holds a user, and the plan would show it")
	}
	for _, pattern := range a.Processes {
		if !actions.ValidPattern(pattern) {
			p.Refuse("processes", "bad-glob", "close every [ and {", "%q is not a glob", pattern)
		}
	}
}

// searches returns one search for each kind of monitor, in a fixed order.
func (a *verify) searches() []search {
	var out []search
	for _, kind := range []string{performance, server} {
		if slices.Contains(a.Monitors, kind) {
			out = append(out, search{Monitor: kind, From: a.From})
		}
	}
	if len(a.Processes) > 0 {
		out = append(out, search{Monitor: others, From: a.From, Processes: a.Processes})
	}
	return out
}
