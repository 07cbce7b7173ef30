package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/runbooks"
)

// execution runs the commands of one change, with their secrets.
type execution struct {
	around  *actions.Env
	with    with
	env     map[string]string
	timeout time.Duration
}

func prepare(env *actions.Env, c actions.Change) (*execution, error) {
	e := &execution{around: env, env: map[string]string{}}
	if err := c.Decode(&e.with); err != nil {
		return nil, err
	}
	if e.with.Timeout != "" {
		var err error
		if e.timeout, err = time.ParseDuration(e.with.Timeout); err != nil {
			return nil, fmt.Errorf("read timeout of %s: %w", c.Subject, err)
		}
	}
	for name, text := range e.with.Env {
		value, err := runbooks.ExpandSecrets(text, env.Secrets)
		if err != nil {
			return nil, fmt.Errorf("variable %s of %s: %w", name, c.Subject, err)
		}
		e.env[name] = value
	}
	return e, nil
}

// execute runs argv, and fails unless it ends with one of the exit codes.
func (e *execution) execute(ctx context.Context, argv []string, exits []int) error {
	full := make([]string, len(argv))
	for i, word := range argv {
		value, err := runbooks.ExpandSecrets(word, e.around.Secrets)
		if err != nil {
			return fmt.Errorf("run %s: %w: %w", quote(argv), host.ErrNotStarted, err)
		}
		full[i] = value
	}
	limited, cancel := ctx, func() {}
	if e.timeout > 0 {
		limited, cancel = e.around.Host.Clock.WithTimeout(ctx, e.timeout)
	}
	defer cancel()
	result, err := e.around.Host.Commands.Run(limited, host.Command{Argv: full, Dir: e.with.Dir, Env: e.env})
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return fmt.Errorf("run %s: it did not end within %s, and was ended: %w", quote(argv), e.timeout, err)
	case err != nil:
		return fmt.Errorf("run %s: %w", quote(argv), e.around.RedactError(err))
	case !slices.Contains(exits, result.Exit):
		return fmt.Errorf("run %s: exit code %d, expected %s: %s", quote(argv), result.Exit, join(exits), e.around.LastWords(result))
	}
	return nil
}

func join(exits []int) string {
	words := make([]string, len(exits))
	for i, exit := range exits {
		words[i] = fmt.Sprint(exit)
	}
	return strings.Join(words, " or ")
}
