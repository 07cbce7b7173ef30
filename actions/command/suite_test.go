package command_test

import (
	"testing"

	"quiesce/actions"
	"quiesce/actions/actiontest"
	"quiesce/actions/command"
)

const app = `
name: app1
files:
  - {path: /opt/app, directory: true}
  - {path: /opt/app/schema, content: "1"}
services:
  - {name: cron.service}
commands:
  - {argv: [/opt/app/migrate, up], stdout: done, writes: [{path: /opt/app/lock, content: "2"}], stops: [cron.service]}
  - {argv: [/opt/app/migrate, down], removes: [/opt/app/lock], starts: [cron.service]}
  - {argv: [/opt/app/migrate, three], exit: 3}
  - {argv: [/opt/app/migrate, broken, "*"], exit: 1, stderr: "line 1\nline 2\nline 3\nline 4\nline 5\nwrong password hunter2\n"}
  - {argv: [/opt/app/migrate, silent], exit: 1}
  - {argv: [/opt/app/migrate, said], exit: 1, stdout: "only this"}
  - {argv: [/opt/app/migrate, slow], takes: 1h}
  - {argv: [/opt/app/login, hunter2]}
`

func run(with map[string]any) actiontest.Step {
	return actiontest.Step{Action: "run-command", With: with}
}

func argv(words ...any) []any { return append([]any{"/opt/app/migrate"}, words...) }

func TestSuite(t *testing.T) {
	t.Parallel()
	actiontest.Run(
		t, []actions.Family{command.Family()},
		actiontest.Case{
			Name: "a command with its undo", Host: app, Unsimulated: true,
			Step: run(map[string]any{"command": argv("up"), "undo": argv("down"), "dir": "/opt/app"}),
		},
		actiontest.Case{
			Name: "a command with a secret", Host: app, Unsimulated: true, Secrets: map[string]string{"password": "hunter2"},
			Step: run(map[string]any{"command": []any{"/opt/app/login", "${{ inputs.password }}"}, "undo": argv("down")}),
		},
	)
}
