package hosttest

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"time"

	"quiesce/host"
)

func (s suite) commands(t *testing.T) {
	ctx := context.Background()
	open := func(t *testing.T) World { return s.having(t, Commands) }
	sentences(t, map[string]func(*testing.T){
		"Run runs a program to its end": func(t *testing.T) {
			w := open(t)
			r, err := w.Host.Commands.Run(ctx, host.Command{Argv: w.Programs.Hello})
			noError(t, err)
			wantEqual(t, host.CommandResult{Stdout: []byte("hello"), Stderr: []byte("warning")}, r)
		},
		"one that ends with another code than 0 is no error": func(t *testing.T) {
			w := open(t)
			r, err := w.Host.Commands.Run(ctx, host.Command{Argv: w.Programs.Three})
			noError(t, err)
			wantEqual(t, 3, r.Exit)
		},
		"one that is not there wraps fs.ErrNotExist": func(t *testing.T) {
			_, err := open(t).Host.Commands.Run(ctx, host.Command{Argv: []string{"no-such-program-anywhere", "secret"}})
			wantError(t, err, fs.ErrNotExist)
		},
		"a command without a name is refused": func(t *testing.T) {
			if _, err := open(t).Host.Commands.Run(ctx, host.Command{}); err == nil {
				t.Error("it ran")
			}
		},
		"when ctx ends the program is ended, and the cause returned": func(t *testing.T) {
			w := open(t)
			limited, cancel := w.Host.Clock.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			_, err := w.Host.Commands.Run(limited, host.Command{Argv: w.Programs.Long})
			wantError(t, err, context.DeadlineExceeded)
		},
		"when ctx has ended nothing runs": func(t *testing.T) {
			w := open(t)
			ended, cancel := context.WithCancelCause(ctx)
			cause := errors.New("the operator stopped it")
			cancel(cause)
			_, err := w.Host.Commands.Run(ended, host.Command{Argv: w.Programs.Hello})
			wantError(t, err, cause)
		},
	})
}

func (s suite) network(t *testing.T) {
	ctx := context.Background()
	open := func(t *testing.T) World { return s.having(t, Network) }
	sentences(t, map[string]func(*testing.T){
		"Dial connects": func(t *testing.T) {
			w := open(t)
			noError(t, w.Host.Network.Dial(ctx, w.Sites.Open))
		},
		"Dial where nobody listens is an error": func(t *testing.T) {
			w := open(t)
			if w.Host.Network.Dial(ctx, w.Sites.Closed) == nil {
				t.Error("it connected")
			}
		},
		"HTTP returns the answer": func(t *testing.T) {
			w := open(t)
			r, err := w.Host.Network.HTTP(ctx, host.HTTPRequest{URL: w.Sites.URL, Timeout: time.Minute})
			noError(t, err)
			wantEqual(t, host.HTTPResponse{Status: 200, Body: []byte("hello")}, r)
		},
		"when ctx has ended its cause is returned": func(t *testing.T) {
			w := open(t)
			ended, cancel := context.WithCancel(ctx)
			cancel()
			wantError(t, w.Host.Network.Dial(ended, w.Sites.Open), context.Canceled)
			_, err := w.Host.Network.HTTP(ended, host.HTTPRequest{URL: w.Sites.URL})
			wantError(t, err, context.Canceled)
		},
	})
}
