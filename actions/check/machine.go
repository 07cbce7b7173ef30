package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/runbooks"
)

// serviceProbe looks at a service.
type serviceProbe struct {
	Name  string `param:"name" json:"name"`
	State string `param:"state" json:"state"`
}

func (q *serviceProbe) check(*actions.Proposal, *actions.Env) {}

func (q *serviceProbe) describe() (subject, expected string) {
	return "service " + q.Name, "is " + q.State
}

func (q *serviceProbe) ask(ctx context.Context, env *actions.Env) error {
	services, err := env.Host.Services.List(ctx)
	if err != nil {
		return err
	}
	flavour := env.Host.Facts.Flavour()
	names := make([]string, len(services))
	for i, s := range services {
		names[i] = s.Name
		if flavour.Key(s.Name) != flavour.Key(q.Name) {
			continue
		}
		if string(s.State) != q.State {
			return fmt.Errorf("it is %s, expected %s", s.State, q.State)
		}
		return nil
	}
	if near := actions.Closest(q.Name, names); near != "" {
		return fmt.Errorf("there is no such service; did you mean %s?", near)
	}
	return fmt.Errorf("there is no such service; %s", actions.Known(names))
}

// commandProbe runs a program.
type commandProbe struct {
	Command    []string `param:"command" json:"command"`
	ExpectExit []int    `param:"expect-exit" json:"expect-exit"`
}

func (q *commandProbe) check(p *actions.Proposal, _ *actions.Env) {
	if len(q.Command) > 0 && q.Command[0] == "" {
		p.Refuse("command", "no-program", "the first word is the program", "command names no program")
	}
}

func (q *commandProbe) describe() (subject, expected string) {
	return "command " + strings.Join(q.Command, " "), fmt.Sprintf("exits with %s", codes(q.ExpectExit))
}

func (q *commandProbe) ask(ctx context.Context, env *actions.Env) error {
	argv := make([]string, len(q.Command))
	for i, word := range q.Command {
		value, err := runbooks.ExpandSecrets(word, env.Secrets)
		if err != nil {
			return err
		}
		argv[i] = value
	}
	result, err := env.Host.Commands.Run(ctx, host.Command{Argv: argv})
	if err != nil {
		return env.RedactError(err)
	}
	if !slices.Contains(q.ExpectExit, result.Exit) {
		return fmt.Errorf("exit code %d, expected %s: %s", result.Exit, codes(q.ExpectExit), env.LastWords(result))
	}
	return nil
}

func codes(exits []int) string {
	words := make([]string, len(exits))
	for i, exit := range exits {
		words[i] = fmt.Sprint(exit)
	}
	return strings.Join(words, " or ")
}
