package command

import (
	"quiesce/actions"
	"quiesce/runbooks"
)

// Family returns run-command.
func Family() actions.Family {
	return actions.Family{
		Verbs:     []actions.Verb{{Spec: spec(), New: newRun}},
		Operators: []actions.Operator{runner{}},
	}
}

func spec() runbooks.ActionSpec {
	text := runbooks.Type{Kind: runbooks.String}
	argv := runbooks.Type{Kind: runbooks.ListOf, NonEmpty: true, Elem: &text}
	return runbooks.ActionSpec{
		Name: "run-command",
		Doc:  "Runs a program on the host, without a shell, and waits for its end.",
		Params: runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
			{Name: "command", Doc: "The program and its arguments.", Type: argv, Required: true, Secret: true},
			{Name: "undo", Doc: "The program and arguments that take it back; it must cope with a command that was interrupted.", Type: argv, Secret: true},
			{Name: "dir", Doc: "The directory that both run in, named absolutely.", Type: runbooks.Type{Kind: runbooks.Path, NonEmpty: true}},
			{Name: "env", Doc: "Variables that are added to the environment of both.", Type: runbooks.Type{Kind: runbooks.MapOf, Elem: &text}, Secret: true},
			{
				Name: "expect-exit", Default: []any{0},
				Doc:  "The exit codes that mean success; of undo it is 0.",
				Type: runbooks.Type{Kind: runbooks.ListOf, NonEmpty: true, Elem: &runbooks.Type{Kind: runbooks.Int}},
			},
			{Name: "timeout", Doc: "How long each may run before it is ended; without it, without end.", Type: runbooks.Type{Kind: runbooks.Duration}},
		}},
		Opaque: true,
	}
}
