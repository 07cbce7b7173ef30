package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"quiesce/host"
)

// poll is how often a service that is on its way is looked at.
const poll = 500 * time.Millisecond

// transition brings one service up or down. Errors of the host say what was
// attempted on which service, and are returned as they are.
type transition struct {
	host    host.Host
	name    string
	start   host.StartType // what its start type shall be
	timeout time.Duration  // 0: none
	force   bool           // kill what does not stop in time
}

func (w transition) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if w.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return w.host.Clock.WithTimeout(ctx, w.timeout)
}

func (w transition) find(ctx context.Context) (host.Service, error) {
	services, err := w.host.Services.List(ctx)
	if err != nil {
		return host.Service{}, err
	}
	flavour := w.host.Facts.Flavour()
	for _, s := range services {
		if flavour.Key(s.Name) == flavour.Key(w.name) {
			return s, nil
		}
	}
	return host.Service{}, &host.OpError{Op: "find service", Subject: w.name, Err: fs.ErrNotExist}
}

// settled waits until the service is neither starting nor stopping.
func (w transition) settled(ctx context.Context) (host.Service, error) {
	for {
		s, err := w.find(ctx)
		if err != nil || s.State != host.Starting && s.State != host.Stopping {
			return s, err
		}
		if err := w.host.Clock.Sleep(ctx, poll); err != nil {
			return s, err
		}
	}
}

func (w transition) setStart(ctx context.Context, have, want host.StartType) error {
	if sameStart(have, want) {
		return nil
	}
	return w.host.Services.SetStart(ctx, w.name, want)
}

// down sets the start type first, so that nothing starts the service again
// while it stops.
func (w transition) down(ctx context.Context) error {
	s, err := w.find(ctx)
	if err != nil {
		return err
	}
	if err := w.setStart(ctx, s.Start, w.start); err != nil {
		return err
	}
	if err := w.halt(ctx); err != nil {
		return err
	}
	s, err = w.find(ctx)
	if err != nil {
		return err
	}
	if s.State.Active() {
		return fmt.Errorf("service %s came back: it was stopped and is %s again", w.name, s.State)
	}
	return nil
}

func (w transition) halt(ctx context.Context) error {
	limited, cancel := w.within(ctx)
	defer cancel()
	s, err := w.settled(limited)
	if err == nil && s.State.Active() {
		err = w.host.Services.Stop(limited, w.name)
	}
	if !timedOut(ctx, err) {
		return err
	}
	if !w.force {
		return fmt.Errorf("service %s has not stopped within %s (force: true would kill its processes): %w", w.name, w.timeout, err)
	}
	limited, cancel = w.within(ctx)
	defer cancel()
	if err := w.host.Services.Kill(limited, w.name); err != nil {
		return fmt.Errorf("service %s has not stopped within %s, and cannot be killed: %w", w.name, w.timeout, err)
	}
	return nil
}

// up starts the service. One that may not be started by its start type is
// given another one for the moment.
func (w transition) up(ctx context.Context) error {
	if err := w.launch(ctx); timedOut(ctx, err) {
		return fmt.Errorf("service %s does not run after %s: %w", w.name, w.timeout, err)
	} else if err != nil {
		return err
	}
	s, err := w.find(ctx)
	if err != nil {
		return err
	}
	if err := w.setStart(ctx, s.Start, w.start); err != nil {
		return err
	}
	if s.State != host.Running && s.State != host.Paused {
		return fmt.Errorf("service %s was started and is %s", w.name, s.State)
	}
	return nil
}

func (w transition) launch(ctx context.Context) error {
	limited, cancel := w.within(ctx)
	defer cancel()
	s, err := w.settled(limited)
	if err != nil || s.State.Active() {
		return err
	}
	start := w.start
	if !start.Startable() {
		start = host.StartManual
	}
	if err := w.setStart(limited, s.Start, start); err != nil {
		return err
	}
	return w.host.Services.Start(limited, w.name)
}

func timedOut(parent context.Context, err error) bool {
	return errors.Is(err, context.DeadlineExceeded) && parent.Err() == nil
}

// sameStart knows that a host without a hold reads it as disabled.
func sameStart(a, b host.StartType) bool {
	return a == b || !a.Startable() && !b.Startable()
}
