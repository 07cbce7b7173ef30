package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"quiesce/actions"
)

// confirm is the action confirm.
type confirm struct {
	Message string        `param:"message"`
	Timeout time.Duration `param:"timeout"`
}

// gate is what a gate.confirm change needs.
type gate struct {
	Message string `json:"message"`
	Timeout string `json:"timeout,omitempty"`
}

func newConfirm(step actions.StepParams) (actions.Action, error) {
	a := &confirm{}
	if err := step.Params.Decode(a); err != nil {
		return nil, fmt.Errorf("confirm: %w", err)
	}
	return a, nil
}

// Plan implements actions.Action.
func (a *confirm) Plan(context.Context, *actions.Env) (actions.Proposal, error) {
	p := actions.Proposal{Outputs: map[string]any{}}
	g := gate{Message: a.Message}
	c := actions.Change{
		Kind: actions.GateConfirm, Subject: a.Message, Fidelity: actions.Exact,
		Reason: "waits for an answer",
	}
	if a.Timeout > 0 {
		g.Timeout = a.Timeout.String()
		c.Reason += ", " + g.Timeout + " at the longest"
	}
	if err := c.Encode(g); err != nil {
		return p, err
	}
	p.Changes = []actions.Change{c}
	return p, nil
}

// gatekeeper carries out gate.confirm.
type gatekeeper struct{}

var _ actions.Operator = gatekeeper{}

// errNobody: a gate wants a person, and --yes is none.
var errNobody = errors.New("there is nobody to ask: run it on a terminal (--yes does not answer gates)")

// Kinds implements actions.Operator.
func (gatekeeper) Kinds() []string { return []string{actions.GateConfirm} }

// Inspect implements actions.Operator.
func (gatekeeper) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
	yes, err := passed(ctx, env, c)
	if err != nil || !yes {
		return actions.Status{State: actions.NotDone}, err
	}
	return actions.Status{State: actions.Done}, nil
}

// Apply implements actions.Operator. An answer holds for the run: a resume
// does not ask again. The time to answer is that of the person, whatever clock
// the host has.
func (gatekeeper) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
	yes, err := passed(ctx, env, c)
	if err != nil || yes {
		return err
	}
	var g gate
	if err := c.Decode(&g); err != nil {
		return err
	}
	if env.Confirm == nil {
		return fmt.Errorf("confirm %q: %w", g.Message, errNobody)
	}
	limited, cancel := ctx, func() {}
	if g.Timeout != "" {
		long, err := time.ParseDuration(g.Timeout)
		if err != nil {
			return fmt.Errorf("read timeout of %s: %w", c.Subject, err)
		}
		limited, cancel = context.WithTimeout(ctx, long)
	}
	defer cancel()
	err = env.Confirm(limited, g.Message)
	switch {
	case err == nil:
		return remember(env, c)
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return fmt.Errorf("confirm %q: no answer within %s: %w", g.Message, g.Timeout, err)
	}
	return fmt.Errorf("confirm %q: %w", g.Message, err)
}

// Undo implements actions.Operator.
func (gatekeeper) Undo(context.Context, *actions.Env, actions.Change) error { return nil }
