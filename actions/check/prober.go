package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"quiesce/actions"
)

// prober carries out check.pass.
type prober struct{}

var _ actions.Operator = prober{}

// memo says that the check passed, or that the answer was yes.
type memo struct {
	Passed bool `json:"passed"`
}

// Kinds implements actions.Operator.
func (prober) Kinds() []string { return []string{actions.CheckPass} }

// Inspect implements actions.Operator. Only a check that passed before is
// asked again: others may have to wait for what comes before them.
func (o prober) Inspect(ctx context.Context, env *actions.Env, c actions.Change) (actions.Status, error) {
	before, err := passed(ctx, env, c)
	if err != nil || !before {
		return actions.Status{State: actions.NotDone}, err
	}
	w, err := decode(c)
	if err != nil {
		return actions.Status{}, err
	}
	err = o.once(ctx, env, w)
	switch {
	case err == nil:
		return actions.Status{State: actions.Done}, nil
	case errors.Is(err, errors.ErrUnsupported), ctx.Err() != nil:
		return actions.Status{}, err
	}
	return actions.Status{State: actions.Conflict, Detail: err.Error()}, nil
}

// Apply implements actions.Operator: it asks until the answer is right, or
// once more than there are retries.
func (o prober) Apply(ctx context.Context, env *actions.Env, c actions.Change) error {
	w, err := decode(c)
	if err != nil {
		return err
	}
	delay, err := time.ParseDuration(w.RetryDelay)
	if err != nil {
		return fmt.Errorf("read retry-delay of %s: %w", c.Subject, err)
	}
	for try := 0; ; try++ {
		err := o.once(ctx, env, w)
		switch {
		case err == nil:
			return remember(env, c)
		case errors.Is(err, errors.ErrUnsupported):
			return actions.Unknown("whether "+c.Subject+" answers", err)
		case ctx.Err() != nil:
			return fmt.Errorf("check %s: %w", c.Subject, context.Cause(ctx))
		case try >= w.Retries:
			return fmt.Errorf("check %s, asked %s: %w", c.Subject, times(try+1), err)
		}
		if err := env.Host.Clock.Sleep(ctx, delay); err != nil {
			return fmt.Errorf("check %s: %w", c.Subject, err)
		}
	}
}

// Undo implements actions.Operator.
func (prober) Undo(context.Context, *actions.Env, actions.Change) error { return nil }

// once asks once, for as long as an answer may take.
func (prober) once(ctx context.Context, env *actions.Env, w with) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	long, err := time.ParseDuration(w.Timeout)
	if err != nil {
		return fmt.Errorf("read timeout: %w", err)
	}
	if long <= 0 {
		return w.probe().ask(ctx, env)
	}
	limited, cancel := env.Host.Clock.WithTimeout(ctx, long)
	defer cancel()
	err = w.probe().ask(limited, env)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return fmt.Errorf("no answer within %s: %w", long, err)
	}
	return err
}

func decode(c actions.Change) (with, error) {
	var w with
	if err := c.Decode(&w); err != nil {
		return w, err
	}
	if w.probe() == nil {
		return w, fmt.Errorf("%s %s does not say what is asked", c.Kind, c.Subject)
	}
	return w, nil
}

func passed(ctx context.Context, env *actions.Env, c actions.Change) (bool, error) {
	if err := context.Cause(ctx); err != nil {
		return false, err
	}
	var m memo
	if _, err := env.Memo.Load(&m); err != nil {
		return false, fmt.Errorf("read what is known of %s %s: %w", c.Kind, c.Subject, err)
	}
	return m.Passed, nil
}

func remember(env *actions.Env, c actions.Change) error {
	if err := env.Memo.Save(memo{Passed: true}); err != nil {
		return fmt.Errorf("remember %s %s: %w", c.Kind, c.Subject, err)
	}
	return nil
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
