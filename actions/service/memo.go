package service

import (
	"fmt"

	"quiesce/actions"
)

// memo tells a half-done change of ours from what somebody else did.
type memo struct {
	Begun bool `json:"begun"`
}

func begun(env *actions.Env, c actions.Change) (bool, error) {
	var m memo
	if _, err := env.Memo.Load(&m); err != nil {
		return false, fmt.Errorf("read what is known of %s %s: %w", c.Kind, c.Subject, err)
	}
	return m.Begun, nil
}

func remember(env *actions.Env, c actions.Change, begun bool) error {
	if err := env.Memo.Save(memo{begun}); err != nil {
		return fmt.Errorf("remember %s %s: %w", c.Kind, c.Subject, err)
	}
	return nil
}
