package check_test

import (
	"context"
	"testing"

	"quiesce/actions"
	"quiesce/actions/actiontest"
	"quiesce/actions/check"
)

const app = `
name: app1
files:
  - {path: /etc/app/licence, content: "valid until 2031"}
  - {path: /etc/app/secret, content: "x", deny: true}
services:
  - {name: app.service}
  - {name: old.service, state: stopped}
  - {name: down.service, state: stopped}
commands:
  - {argv: [/opt/probe, hunter2], exit: 0}
  - {argv: [/opt/probe, bad], exit: 2, stdout: hunter2}
  - {argv: [/opt/probe, slow], takes: 1h}
network:
  tcp:
    - {address: "localhost:25"}
    - {address: "localhost:26", service: down.service}
  http:
    - {url: "http://localhost/health", body: all is well}
    - {url: "http://localhost/down", service: down.service}
`

func step(kind string, with any) actiontest.Step {
	return actiontest.Step{Action: "check", With: map[string]any{kind: with}}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	yes := func(context.Context, string) error { return nil }
	actiontest.Run(
		t, []actions.Family{check.Family()},
		actiontest.Case{Name: "http", Host: app, Step: step("http", map[string]any{"url": "http://localhost/health", "contains": "well"})},
		actiontest.Case{Name: "tcp", Host: app, Step: step("tcp", map[string]any{"address": "localhost:25"})},
		actiontest.Case{Name: "file", Host: app, Step: step("file", map[string]any{"path": "/etc/app/licence", "contains": "valid"})},
		actiontest.Case{Name: "service", Host: app, Step: step("service", map[string]any{"name": "app.service"})},
		actiontest.Case{
			Name: "command", Host: app, Secrets: map[string]string{"pw": "hunter2"},
			Step: step("command", map[string]any{"command": []any{"/opt/probe", "${{ inputs.pw }}"}}),
		},
		actiontest.Case{Name: "confirm", Host: app, Confirm: yes, Step: actiontest.Step{Action: "confirm", With: map[string]any{"message": "Go on?"}}},
	)
}
