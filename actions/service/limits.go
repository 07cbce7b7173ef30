package service

import (
	"fmt"
	"time"

	"quiesce/actions"
	"quiesce/host"
)

// limits is what a change of this family needs besides its facts.
type limits struct {
	Timeout string `json:"timeout"`
	Force   bool   `json:"force,omitempty"`
	// Planned are the services that the step stops before this one because
	// they depend on it, or starts before it because it depends on them.
	Planned []string `json:"planned,omitempty"`
}

// towards returns the transition that leads a change's service to the facts.
func towards(env *actions.Env, c actions.Change, f *actions.Facts) (transition, error) {
	var with limits
	if err := c.Decode(&with); err != nil {
		return transition{}, err
	}
	timeout, err := time.ParseDuration(with.Timeout)
	if err != nil {
		return transition{}, fmt.Errorf("read timeout of %s %s: %w", c.Kind, c.Subject, err)
	}
	return transition{env.Host, c.Subject, host.StartType(f.Start), timeout, with.Force}, nil
}
