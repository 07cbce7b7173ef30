package memory

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/afero"

	"quiesce/host"
)

// commands implements host.Commands by what the description says.
type commands struct{ m *Memory }

// Run implements host.Commands. The first command whose argv matches is run.
func (c commands) Run(ctx context.Context, asked host.Command) (host.CommandResult, error) {
	if err := context.Cause(ctx); err != nil {
		return host.CommandResult{}, &notStarted{err}
	}
	if len(asked.Argv) == 0 {
		return host.CommandResult{}, &host.OpError{Op: "run", Subject: "command", Err: &notStarted{errors.New("it has no name")}}
	}
	for i := range c.m.began.Commands {
		if v := &c.m.began.Commands[i]; v.matches(asked.Argv) {
			return c.run(ctx, v)
		}
	}
	return host.CommandResult{}, &host.OpError{Op: "run", Subject: asked.Argv[0], Err: &notStarted{fs.ErrNotExist}}
}

// notStarted is the cause for which a program was not started.
type notStarted struct{ err error }

func (n *notStarted) Error() string   { return n.err.Error() }
func (n *notStarted) Unwrap() []error { return []error{host.ErrNotStarted, n.err} }

func (c commands) run(ctx context.Context, v *Command) (host.CommandResult, error) {
	result := host.CommandResult{Exit: v.Exit, Stdout: []byte(v.Stdout), Stderr: []byte(v.Stderr)}
	if err := c.m.host.Clock.Sleep(ctx, v.Takes); err != nil {
		return host.CommandResult{}, err
	}
	if err := c.effects(ctx, v); err != nil {
		return host.CommandResult{}, &host.OpError{Op: "run", Subject: v.Argv[0], Err: err}
	}
	return result, nil
}

// effects carries out what a command does to the host.
func (c commands) effects(ctx context.Context, v *Command) error {
	var failed []error
	for _, w := range v.Writes {
		failed = append(failed, c.m.inRoot(ctx, w.Path, func(t host.Tree, name string) error {
			return afero.WriteFile(t, name, []byte(w.Content), 0o644)
		}))
	}
	for _, path := range v.Removes {
		failed = append(failed, c.m.inRoot(ctx, path, func(t host.Tree, name string) error {
			if err := t.Remove(name); !errors.Is(err, os.ErrNotExist) {
				return err
			}
			return nil
		}))
	}
	for _, name := range v.Stops {
		failed = append(failed, c.m.host.Services.Stop(ctx, name))
	}
	for _, name := range v.Starts {
		failed = append(failed, c.m.host.Services.Start(ctx, name))
	}
	return errors.Join(failed...)
}

// inRoot runs f on an absolute path, below the top of its volume.
func (m *Memory) inRoot(ctx context.Context, path string, f func(t host.Tree, name string) error) error {
	fl := m.began.Facts().Flavour()
	root := rootOf(fl, path)
	t, err := m.host.Files.Open(ctx, root)
	if err != nil {
		return err
	}
	return errors.Join(f(t, below(fl, root, path)), t.Close())
}

// below returns the name of an absolute path relative to the top of its volume.
func below(fl host.Flavour, root, path string) string {
	name := strings.TrimPrefix(fl.Clean(path)[len(root):], `\`)
	return strings.ReplaceAll(strings.TrimPrefix(name, "/"), `\`, "/")
}

// matches tells whether the command describes what was asked for.
func (v *Command) matches(argv []string) bool {
	if len(argv) != len(v.Argv) {
		return false
	}
	for i, pattern := range v.Argv {
		if !matchText(pattern, argv[i]) {
			return false
		}
	}
	return true
}

// matchText matches a text against a pattern in which * stands for any text:
// its parts come in order, the first at the beginning and the last at the end.
func matchText(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		if _, text, ok = strings.Cut(text, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
