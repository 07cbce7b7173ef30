package connection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"quiesce/actions"
	"quiesce/host"
)

// end is the action end-connections.
type end struct {
	Select []any         `param:"select"`
	Except []any         `param:"except"`
	Grace  time.Duration `param:"grace"`
	Settle time.Duration `param:"settle"`

	selected, excepted []selector
}

func newEnd(step actions.StepParams) (actions.Action, error) {
	a := &end{}
	if err := step.Params.Decode(a); err != nil {
		return nil, fmt.Errorf("end-connections: %w", err)
	}
	var err error
	if a.selected, err = parseSelectors(a.Select); err != nil {
		return nil, fmt.Errorf("end-connections: select: %w", err)
	}
	if a.excepted, err = parseSelectors(a.Except); err != nil {
		return nil, fmt.Errorf("end-connections: except: %w", err)
	}
	return a, nil
}

func parseSelectors(values []any) ([]selector, error) {
	var out []selector
	for _, v := range values {
		s, err := parseSelector(v)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out, nil
}

// Plan implements actions.Action.
func (a *end) Plan(ctx context.Context, env *actions.Env) (actions.Proposal, error) {
	p := actions.Proposal{Outputs: map[string]any{"ended": []any{}}}
	for _, s := range a.selected {
		s.check(&p, "select")
	}
	for _, s := range a.excepted {
		s.check(&p, "except")
	}
	if len(p.Findings) > 0 {
		return p, nil
	}
	all, err := env.Host.Connections.List(ctx)
	if p.CannotTell("select", "which clients are connected", err) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("plan end-connections: %w", err)
	}
	return p, a.propose(&p, env.Host.Facts.Flavour(), all)
}

func (a *end) propose(p *actions.Proposal, f host.Flavour, all []host.Connection) error {
	ended := []any{}
	var counted []string
	for _, s := range a.selected {
		w := with{Select: s, Except: a.excepted, Grace: a.Grace.String(), Settle: a.Settle.String()}
		matched, own := w.match(f, all)
		c := actions.Change{
			Kind: actions.ConnectionEnd, Subject: s.String(), Fidelity: actions.Bounded,
			Reason: summary(matched, own), Undo: actions.NoUndo + "clients connect again by themselves",
		}
		if err := c.Encode(w); err != nil {
			return err
		}
		p.Changes = append(p.Changes, c)
		for _, m := range matched {
			if !slices.Contains(counted, m.ID) {
				counted = append(counted, m.ID)
				ended = append(ended, clientOf(m))
			}
		}
	}
	p.Outputs["ended"] = ended
	return nil
}

// named is how many connections a summary names.
const named = 3

func summary(matched []host.Connection, own int) string {
	text := "none now"
	if len(matched) > 0 {
		text = fmt.Sprintf("%d now: %s", len(matched), enumerate(matched))
	}
	if own > 0 {
		text += fmt.Sprintf("; %d of your own left alone", own)
	}
	return text
}

func enumerate(connections []host.Connection) string {
	var words []string
	for _, c := range connections[:min(named, len(connections))] {
		words = append(words, describe(c))
	}
	if more := len(connections) - named; more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}

// describe says who is connected to what: "10.0.0.9:4011 (tcp 110, store.exe)".
func describe(c host.Connection) string {
	what := fmt.Sprintf("%s %d", c.Protocol, c.Port)
	if c.Protocol == host.Pipe {
		what = "pipe " + c.Local
	}
	if c.Process != "" {
		what += ", " + c.Process
	}
	return fmt.Sprintf("%s (%s)", clientOf(c), what)
}

func clientOf(c host.Connection) string {
	switch {
	case c.Client == "":
		return c.Remote
	case c.Remote == "" || c.Remote == c.Client:
		return c.Client
	}
	return c.Remote + " " + c.Client
}
