package command

import (
	"fmt"

	"quiesce/actions"
)

// The phases of a command that a memo remembers.
const (
	untouched = ""        // not started, or taken back
	started   = "started" // started, and not seen to end
	failed    = "failed"  // ended, and not as expected
	done      = "done"
)

type memo struct {
	Phase string `json:"phase"`
}

func phase(env *actions.Env, c actions.Change) (string, error) {
	var m memo
	if _, err := env.Memo.Load(&m); err != nil {
		return "", fmt.Errorf("read what is known of %s %s: %w", c.Kind, c.Subject, err)
	}
	return m.Phase, nil
}

func remember(env *actions.Env, c actions.Change, phase string) error {
	if err := env.Memo.Save(memo{phase}); err != nil {
		return fmt.Errorf("remember that %s %s: %w", c.Subject, phase, err)
	}
	return nil
}
