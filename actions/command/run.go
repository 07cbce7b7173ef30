package command

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"quiesce/actions"
)

// run is the action run-command.
type run struct {
	Command    []string          `param:"command"`
	UndoArgv   []string          `param:"undo"`
	Dir        string            `param:"dir"`
	Env        map[string]string `param:"env"`
	ExpectExit []int             `param:"expect-exit"`
	Timeout    time.Duration     `param:"timeout"`

	irreversible bool
}

// with is what a command.run change needs.
type with struct {
	Command    []string          `json:"command"`
	Undo       []string          `json:"undo,omitempty"`
	Dir        string            `json:"dir,omitempty"`
	Env        map[string]string `json:"env,omitempty"`
	ExpectExit []int             `json:"expect-exit"`
	Timeout    string            `json:"timeout,omitempty"`
}

func newRun(step actions.StepParams) (actions.Action, error) {
	a := &run{irreversible: step.Irreversible}
	if err := step.Params.Decode(a); err != nil {
		return nil, fmt.Errorf("run-command: %w", err)
	}
	return a, nil
}

// Plan implements actions.Action.
func (a *run) Plan(_ context.Context, env *actions.Env) (actions.Proposal, error) {
	p := actions.Proposal{Outputs: map[string]any{}}
	a.check(&p, env)
	if len(p.Findings) > 0 {
		return p, nil
	}
	w := with{Command: a.Command, Undo: a.UndoArgv, Dir: a.Dir, Env: a.Env, ExpectExit: a.ExpectExit}
	if a.Timeout > 0 {
		w.Timeout = a.Timeout.String()
	}
	c := actions.Change{
		Kind: actions.CommandRun, Subject: quote(a.Command), Fidelity: actions.Opaque,
		Reason: "what it changes is not known", Irreversible: a.irreversible && len(a.UndoArgv) == 0,
	}
	if len(a.UndoArgv) > 0 {
		c.Undo = "runs " + quote(a.UndoArgv)
	}
	if err := c.Encode(w); err != nil {
		return p, err
	}
	p.Changes = []actions.Change{c}
	return p, nil
}

func (a *run) check(p *actions.Proposal, env *actions.Env) {
	if a.Dir != "" && !env.Host.Facts.Flavour().IsAbs(a.Dir) {
		p.Refuse("dir", "relative-path", "write it from the root on", "%s is no absolute directory on %s", a.Dir, env.Host.Facts.OS)
	}
	for _, argv := range []struct {
		param string
		words []string
	}{{"command", a.Command}, {"undo", a.UndoArgv}} {
		if len(argv.words) > 0 && argv.words[0] == "" {
			p.Refuse(argv.param, "no-program", "the first word is the program", "%s names no program", argv.param)
		}
	}
	if len(a.UndoArgv) == 0 && !a.irreversible {
		p.Refuse("command", "no-undo", "write undo: [program, arguments], or irreversible: true at the step",
			"nobody knows how to take %s back", quote(a.Command))
	}
}

// quote writes a command on one line for people, not for a shell.
func quote(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = word
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r == '"' }) && !isReference(word) {
			words[i] = strconv.Quote(word)
		}
	}
	return strings.Join(words, " ")
}

// isReference tells whether a word is one reference to a secret input.
func isReference(word string) bool {
	return strings.HasPrefix(word, "${{") && strings.HasSuffix(word, "}}") && strings.Count(word, "${{") == 1
}
