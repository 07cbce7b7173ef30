package connection

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"quiesce/actions"
	"quiesce/host"
)

const (
	// poll is how often the connection table is looked at.
	poll = time.Second
	// rounds is how often clients are ended that come back each time.
	rounds = 3
)

// drain ends connections until none comes back.
type drain struct {
	host          host.Host
	with          with
	grace, settle time.Duration
}

func newDrain(ctx context.Context, env *actions.Env, c actions.Change) (*drain, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	d := &drain{host: env.Host}
	if err := c.Decode(&d.with); err != nil {
		return nil, err
	}
	var err error
	if d.grace, err = time.ParseDuration(d.with.Grace); err != nil {
		return nil, fmt.Errorf("read grace of %s %s: %w", c.Kind, c.Subject, err)
	}
	if d.settle, err = time.ParseDuration(d.with.Settle); err != nil {
		return nil, fmt.Errorf("read settle of %s %s: %w", c.Kind, c.Subject, err)
	}
	return d, nil
}

func (d *drain) run(ctx context.Context) error {
	left, err := d.watch(ctx, d.grace, func(left []host.Connection) bool { return len(left) == 0 })
	for round := 0; err == nil; round++ {
		if len(left) > 0 && round == rounds {
			return fmt.Errorf("they came back each of the %d times that they were ended: %s; stop what they connect to", rounds, enumerate(left))
		}
		if err := d.endAll(ctx, left); err != nil {
			return err
		}
		left, err = d.watch(ctx, d.settle, func(left []host.Connection) bool { return len(left) > 0 })
		if len(left) == 0 {
			return err
		}
	}
	return err
}

// watch looks until enough is true of what is left, or for as long as given,
// and returns what is left then.
func (d *drain) watch(ctx context.Context, long time.Duration, enough func([]host.Connection) bool) ([]host.Connection, error) {
	until := d.host.Clock.Now().Add(long)
	for {
		left, err := d.left(ctx)
		if err != nil || enough(left) {
			return left, err
		}
		rest := until.Sub(d.host.Clock.Now())
		if rest <= 0 {
			return left, nil
		}
		if err := d.host.Clock.Sleep(ctx, min(poll, rest)); err != nil {
			return left, err
		}
	}
}

func (d *drain) left(ctx context.Context) ([]host.Connection, error) {
	all, err := d.host.Connections.List(ctx)
	if err != nil {
		return nil, actions.Unknown("which clients are connected", err)
	}
	left, _ := d.with.match(d.host.Facts.Flavour(), all)
	return left, nil
}

// endAll ends what can least likely be ended first, so that a failure comes
// before anything was ended.
func (d *drain) endAll(ctx context.Context, left []host.Connection) error {
	order := []string{host.UDP, host.Pipe, host.TCP}
	left = slices.SortedStableFunc(slices.Values(left), func(a, b host.Connection) int {
		return cmp.Compare(slices.Index(order, a.Protocol), slices.Index(order, b.Protocol))
	})
	for _, c := range left {
		err := d.host.Connections.End(ctx, c)
		if errors.Is(err, errors.ErrUnsupported) {
			return fmt.Errorf("%s cannot be ended on its own; stop the service or program that holds it: %w", describe(c), err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
