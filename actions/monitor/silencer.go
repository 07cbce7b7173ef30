package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"quiesce/actions"
	"quiesce/host"
)

// terms are what a silence is opened with.
type terms struct {
	Server   string `json:"server"`
	Comment  string `json:"comment"`
	Duration string `json:"duration"`
}

// silencer carries out monitor.silence. A crash between the opening of a
// silence and the memo of its id leaves one that ends by itself.
type silencer struct{}

var _ actions.Finisher = silencer{}

// memo is the id by which a silence is lifted.
type memo struct {
	ID string `json:"id"`
}

// Kinds implements actions.Operator.
func (silencer) Kinds() []string { return []string{actions.MonitorSilence} }

func (silencer) load(ctx context.Context, env *actions.Env, c actions.Change) (terms, string, error) {
	var t terms
	var m memo
	if err := context.Cause(ctx); err != nil {
		return t, "", err
	}
	if err := c.Decode(&t); err != nil {
		return t, "", err
	}
	if _, err := env.Memo.Load(&m); err != nil {
		return t, "", fmt.Errorf("read the id of the silence at %s: %w", t.Server, err)
	}
	return t, m.ID, nil
}

// Inspect implements actions.Operator.
func (o silencer) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
	t, id, err := o.load(ctx, env, c)
	if err != nil || id == "" {
		return actions.Status{State: actions.NotDone}, err
	}
	silent, err := env.Host.Monitors.Silenced(ctx, t.Server, id)
	if err != nil {
		return actions.Status{}, actions.Unknown("whether "+t.Server+" is silent", err)
	}
	if silent {
		return actions.Status{State: actions.Done}, nil
	}
	return actions.Status{State: actions.NotDone}, nil
}

// Apply implements actions.Operator.
func (o silencer) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
	status, err := o.Inspect(ctx, env, c)
	if err != nil || status.State == actions.Done {
		return err
	}
	t, _, err := o.load(ctx, env, c)
	if err != nil {
		return err
	}
	long, err := time.ParseDuration(t.Duration)
	if err != nil {
		return fmt.Errorf("read duration of the silence at %s: %w", t.Server, err)
	}
	id, err := env.Host.Monitors.Silence(ctx, host.Silence{Server: t.Server, Comment: t.Comment, Duration: long})
	if err != nil {
		return err
	}
	if err := env.Memo.Save(memo{id}); err != nil {
		err = fmt.Errorf("remember silence %s at %s: %w", id, t.Server, err)
		return errors.Join(err, env.Host.Monitors.Lift(context.WithoutCancel(ctx), t.Server, id))
	}
	return o.verify(ctx, env, t.Server, id)
}

func (silencer) verify(ctx context.Context, env *actions.Env, server, id string) error {
	silent, err := env.Host.Monitors.Silenced(ctx, server, id)
	if err != nil {
		return actions.Unknown("whether "+server+" is silent", err)
	}
	if !silent {
		return fmt.Errorf("silence %s at %s is not in force", id, server)
	}
	return nil
}

// Undo implements actions.Operator.
func (o silencer) Undo(ctx context.Context, env *actions.Env, c actions.Change) error {
	t, id, err := o.load(ctx, env, c)
	if err != nil || id == "" {
		return err
	}
	return env.Host.Monitors.Lift(ctx, t.Server, id)
}

// Finish implements actions.Finisher.
func (o silencer) Finish(ctx context.Context, env *actions.Env, c actions.Change) error {
	return o.Undo(ctx, env, c)
}
