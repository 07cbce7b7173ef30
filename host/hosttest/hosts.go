package hosttest

import (
	"context"
	"errors"
	"testing"
	"time"

	"quiesce/host"
)

func (s suite) host(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"every facet is filled": func(t *testing.T) {
			h := s.world(t).Host
			for name, facet := range map[string]any{
				Services: h.Services, Processes: h.Processes, Connections: h.Connections, Monitors: h.Monitors,
				Commands: h.Commands, Network: h.Network, "files": h.Files, "clock": h.Clock,
			} {
				if facet == nil {
					t.Errorf("%s is nil", name)
				}
			}
		},
		"its facts say name, os and arch": func(t *testing.T) {
			if f := s.world(t).Host.Facts; f.Name == "" || f.OS == "" || f.Arch == "" {
				t.Errorf("facts are %+v", f)
			}
		},
		"what it lacks answers that it is unsupported": func(t *testing.T) { s.lacking(t) },
	})
}

// lacking shows that every method of what the host lacks says so.
func (s suite) lacking(t *testing.T) {
	w, ctx := s.world(t), context.Background()
	calls := map[string]func() []error{
		Services: func() []error {
			_, err := w.Host.Services.List(ctx)
			return []error{
				err, w.Host.Services.Start(ctx, "Base"), w.Host.Services.Stop(ctx, "Base"),
				w.Host.Services.Kill(ctx, "Base"), w.Host.Services.SetStart(ctx, "Base", host.StartAuto),
			}
		},
		Processes: func() []error {
			_, err := w.Host.Processes.List(ctx)
			return []error{err, w.Host.Processes.End(ctx, host.Process{PID: 1 << 30})}
		},
		Connections: func() []error {
			_, err := w.Host.Connections.List(ctx)
			return []error{err, w.Host.Connections.End(ctx, host.Connection{ID: "none"})}
		},
		Monitors: func() []error {
			_, err := w.Host.Monitors.Watchers(ctx)
			_, silence := w.Host.Monitors.Silence(ctx, host.Silence{Server: "s", Duration: time.Hour})
			_, silenced := w.Host.Monitors.Silenced(ctx, "s", "none")
			return []error{err, silence, silenced}
		},
		Commands: func() []error {
			_, err := w.Host.Commands.Run(ctx, host.Command{Argv: []string{"true"}})
			return []error{err}
		},
		Network: func() []error {
			_, err := w.Host.Network.HTTP(ctx, host.HTTPRequest{URL: "http://localhost/"})
			return []error{err, w.Host.Network.Dial(ctx, "localhost:1")}
		},
	}
	for what, call := range calls {
		if !w.Lacking(what) {
			continue
		}
		for _, err := range call() {
			wantUnsupported(t, what, err)
		}
	}
}

func (s suite) clock(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"time does not go back": func(t *testing.T) {
			clock := s.world(t).Host.Clock
			before := clock.Now()
			noError(t, clock.Sleep(context.Background(), time.Millisecond))
			if after := clock.Now(); after.Before(before.Add(time.Millisecond)) {
				t.Errorf("slept from %v to %v", before, after)
			}
		},
		"Sleep returns the cause when ctx ends": func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			cause := errors.New("the operator stopped it")
			cancel(cause)
			wantError(t, s.world(t).Host.Clock.Sleep(ctx, time.Hour), cause)
		},
		"Sleep ends when the time of its context is over": func(t *testing.T) {
			clock := s.world(t).Host.Clock
			ctx, cancel := clock.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			wantError(t, clock.Sleep(ctx, time.Hour), context.DeadlineExceeded)
		},
		"a context with a timeout ends with context.DeadlineExceeded": func(t *testing.T) {
			clock := s.world(t).Host.Clock
			ctx, cancel := clock.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			noError(t, ctx.Err())
			noError(t, clock.Sleep(context.Background(), 50*time.Millisecond))
			<-ctx.Done()
			wantError(t, ctx.Err(), context.DeadlineExceeded)
			wantError(t, context.Cause(ctx), context.DeadlineExceeded)
		},
		"its children end with the same reason": func(t *testing.T) {
			clock := s.world(t).Host.Clock
			parent, cancel := clock.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			child, cancelChild := context.WithCancel(parent)
			defer cancelChild()
			noError(t, clock.Sleep(context.Background(), 50*time.Millisecond))
			<-child.Done()
			wantError(t, child.Err(), context.DeadlineExceeded)
		},
		"a context with a timeout ends with its parent": func(t *testing.T) {
			parent, stop := context.WithCancelCause(context.Background())
			ctx, cancel := s.world(t).Host.Clock.WithTimeout(parent, time.Hour)
			defer cancel()
			cause := errors.New("the operator stopped it")
			stop(cause)
			<-ctx.Done()
			wantError(t, ctx.Err(), context.Canceled)
			wantError(t, context.Cause(ctx), cause)
		},
		"a context with a timeout can be cancelled": func(t *testing.T) {
			ctx, cancel := s.world(t).Host.Clock.WithTimeout(context.Background(), time.Hour)
			cancel()
			wantError(t, ctx.Err(), context.Canceled)
		},
	})
}
