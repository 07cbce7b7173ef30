package check

import (
	"context"
	"fmt"
	"time"

	"quiesce/actions"
)

// verify is the action check; one of its probes is set.
type verify struct {
	HTTP       *httpProbe    `param:"http"`
	TCP        *tcpProbe     `param:"tcp"`
	File       *fileProbe    `param:"file"`
	Service    *serviceProbe `param:"service"`
	Command    *commandProbe `param:"command"`
	Retries    int           `param:"retries"`
	RetryDelay time.Duration `param:"retry-delay"`
	Timeout    time.Duration `param:"timeout"`
}

// with is what a check.pass change needs; one of the probes is set.
type with struct {
	HTTP       *httpProbe    `json:"http,omitempty"`
	TCP        *tcpProbe     `json:"tcp,omitempty"`
	File       *fileProbe    `json:"file,omitempty"`
	Service    *serviceProbe `json:"service,omitempty"`
	Command    *commandProbe `json:"command,omitempty"`
	Retries    int           `json:"retries,omitempty"`
	RetryDelay string        `json:"retry-delay"`
	Timeout    string        `json:"timeout"`
}

// probe asks the host one question.
type probe interface {
	// check finds what is wrong with the parameters.
	check(p *actions.Proposal, env *actions.Env)
	// describe returns what is asked, and what the answer must be.
	describe() (subject, expected string)
	// ask returns nil if the answer is right.
	ask(ctx context.Context, env *actions.Env) error
}

func (w *with) probe() probe {
	switch {
	case w.HTTP != nil:
		return w.HTTP
	case w.TCP != nil:
		return w.TCP
	case w.File != nil:
		return w.File
	case w.Service != nil:
		return w.Service
	case w.Command != nil:
		return w.Command
	}
	return nil
}

func newCheck(step actions.StepParams) (actions.Action, error) {
	a := &verify{}
	if err := step.Params.Decode(a); err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	return a, nil
}

// Plan implements actions.Action.
func (a *verify) Plan(_ context.Context, env *actions.Env) (actions.Proposal, error) {
	p := actions.Proposal{Outputs: map[string]any{}}
	w := with{
		HTTP: a.HTTP, TCP: a.TCP, File: a.File, Service: a.Service, Command: a.Command,
		Retries: a.Retries, RetryDelay: a.RetryDelay.String(), Timeout: a.Timeout.String(),
	}
	question := w.probe()
	if question == nil {
		return p, fmt.Errorf("plan check: one of %v is needed", probes())
	}
	question.check(&p, env)
	if a.Retries < 0 {
		p.Refuse("retries", "bad-retries", "0 asks once", "%d retries are none", a.Retries)
	}
	subject, expected := question.describe()
	c := actions.Change{Kind: actions.CheckPass, Subject: subject, Fidelity: actions.Exact, Reason: expected}
	if w.Command != nil {
		c.Fidelity = actions.Opaque
	}
	if err := c.Encode(w); err != nil {
		return p, err
	}
	p.Changes = []actions.Change{c}
	return p, nil
}
