package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"quiesce/actions"
	"quiesce/host"
)

// identity is what tells a process from another one with its id.
type identity struct {
	PID     int    `json:"pid"`
	Name    string `json:"name"`
	Started string `json:"started"` // RFC 3339, UTC
}

// ender carries out process.end.
type ender struct{}

var _ actions.Operator = ender{}

// Kinds implements actions.Operator.
func (ender) Kinds() []string { return []string{actions.ProcessEnd} }

// find returns the process of a change if it is still there.
func (ender) find(ctx context.Context, env *actions.Env, c actions.Change) (host.Process, bool, error) {
	var id identity
	if err := context.Cause(ctx); err != nil {
		return host.Process{}, false, err
	}
	if err := c.Decode(&id); err != nil {
		return host.Process{}, false, err
	}
	started, err := time.Parse(time.RFC3339Nano, id.Started)
	if err != nil {
		return host.Process{}, false, fmt.Errorf("read start of process %s: %w", c.Subject, err)
	}
	all, err := env.Host.Processes.List(ctx)
	if err != nil {
		return host.Process{}, false, actions.Unknown("whether process "+c.Subject+" runs", err)
	}
	for _, p := range all {
		if p.PID == id.PID && p.Name == id.Name && p.Started.Equal(started) {
			return p, true, nil
		}
	}
	return host.Process{}, false, nil
}

// Inspect implements actions.Operator.
func (o ender) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
	_, there, err := o.find(ctx, env, c)
	if err != nil {
		return actions.Status{}, err
	}
	if there {
		return actions.Status{State: actions.NotDone}, nil
	}
	return actions.Status{State: actions.Done}, nil
}

// Apply implements actions.Operator.
func (o ender) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
	p, there, err := o.find(ctx, env, c)
	if err != nil || !there {
		return err
	}
	// A process that is another one by now has ended.
	if err := env.Host.Processes.End(ctx, p); err != nil && !errors.Is(err, host.ErrChanged) {
		return err
	}
	return nil
}

// Undo implements actions.Operator: a monitor is not started again.
func (ender) Undo(context.Context, *actions.Env, actions.Change) error { return nil }
