package check

import (
	"time"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/runbooks"
)

// Family returns check and confirm.
func Family() actions.Family {
	return actions.Family{
		Verbs: []actions.Verb{
			{Spec: checkSpec(), New: newCheck},
			{Spec: confirmSpec(), New: newConfirm},
		},
		Operators: []actions.Operator{prober{}, gatekeeper{}},
	}
}

// probes are the names of the parameters of which a check has one.
func probes() []string { return []string{"http", "tcp", "file", "service", "command"} }

func checkSpec() runbooks.ActionSpec {
	return runbooks.ActionSpec{
		Name: "check",
		Doc:  "Verifies that a server, port, file, service or command answers as it should.",
		Params: runbooks.Type{
			Kind: runbooks.Object, ExactlyOne: probes(),
			Fields: []runbooks.Field{
				{Name: "http", Doc: "A web server, asked from the host, answers.", Type: httpType(), Secret: true},
				{Name: "tcp", Doc: "A port accepts connections from the host.", Type: runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
					{Name: "address", Doc: "The name or address, a colon and the port.", Type: text(), Required: true},
				}}},
				{Name: "file", Doc: "A file of the host is there, or is not.", Type: fileType()},
				{Name: "service", Doc: "A service is in a state.", Type: runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
					{Name: "name", Doc: "The name of the service.", Type: text(), Required: true},
					{Name: "state", Doc: "The state that it must be in.", Type: stateType(), Default: string(host.Running)},
				}}},
				{Name: "command", Doc: "A program that changes nothing ends well.", Type: commandType(), Secret: true},
				{Name: "retries", Doc: "How often more it is asked before the check fails.", Type: runbooks.Type{Kind: runbooks.Int}, Default: 0},
				{Name: "retry-delay", Doc: "How long to wait before it is asked again.", Type: runbooks.Type{Kind: runbooks.Duration}, Default: 5 * time.Second},
				{Name: "timeout", Doc: "How long one answer may take.", Type: runbooks.Type{Kind: runbooks.Duration}, Default: 30 * time.Second},
			},
		},
		Verifies: true,
	}
}

func confirmSpec() runbooks.ActionSpec {
	return runbooks.ActionSpec{
		Name: "confirm",
		Doc:  "Asks the person who runs Quiesce whether to go on.",
		Params: runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
			{Name: "message", Doc: "What the person is asked.", Type: text(), Required: true},
			{Name: "timeout", Doc: "How long to wait for the answer; without it, without end.", Type: runbooks.Type{Kind: runbooks.Duration}},
		}},
	}
}

func text() runbooks.Type { return runbooks.Type{Kind: runbooks.String, NonEmpty: true} }

func stateType() runbooks.Type {
	return runbooks.Type{Kind: runbooks.String, Enum: []string{string(host.Running), string(host.Stopped), string(host.Paused)}}
}

func httpType() runbooks.Type {
	return runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
		{Name: "url", Doc: "What is asked for, with http or https.", Type: text(), Required: true},
		{Name: "method", Doc: "The method of the request.", Type: runbooks.Type{Kind: runbooks.String, Enum: []string{"GET", "HEAD", "POST", "PUT", "OPTIONS"}}, Default: "GET"},
		{Name: "status", Doc: "The status that the answer must have; redirects are not followed.", Type: runbooks.Type{Kind: runbooks.Int}, Default: 200},
		{Name: "contains", Doc: "Text that must stand in the first 64 KiB of the answer.", Type: text()},
		{Name: "headers", Doc: "Headers of the request.", Type: runbooks.Type{Kind: runbooks.MapOf}, Secret: true},
		{Name: "insecure", Doc: "Whether a server whose certificate does not verify is believed.", Type: runbooks.Type{Kind: runbooks.Bool}, Default: false},
	}}
}

func fileType() runbooks.Type {
	return runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
		{Name: "path", Doc: "The file, named absolutely.", Type: runbooks.Type{Kind: runbooks.Path, NonEmpty: true}, Required: true},
		{Name: "exists", Doc: "Whether it must be there, or must not.", Type: runbooks.Type{Kind: runbooks.Bool}, Default: true},
		{Name: "sha256", Doc: "The SHA-256 of its contents, in hex.", Type: text()},
		{Name: "contains", Doc: "Text that must stand in it.", Type: text()},
	}}
}

func commandType() runbooks.Type {
	return runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
		{Name: "command", Doc: "The program and its arguments, run without a shell.", Type: runbooks.Type{Kind: runbooks.ListOf, NonEmpty: true}, Required: true, Secret: true},
		{Name: "expect-exit", Doc: "The exit codes that mean success.", Type: runbooks.Type{Kind: runbooks.ListOf, NonEmpty: true, Elem: &runbooks.Type{Kind: runbooks.Int}}, Default: []any{0}},
	}}
}
