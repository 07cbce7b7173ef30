package runbooks_test

import (
	"time"

	. "quiesce/runbooks"
)

// catalog is a small set of actions that has every kind of parameter.
type catalog []*ActionSpec

func (c catalog) Actions() []*ActionSpec { return c }

func (c catalog) Action(name string) (*ActionSpec, bool) {
	for _, a := range c {
		if a.Name == name {
			return a, true
		}
	}
	return nil, false
}

func list(elem Kind) Type { return Type{Kind: ListOf, Elem: &Type{Kind: elem}} }

func choice(words ...string) Type { return Type{Kind: String, Enum: words} }

func params(fields ...Field) Type { return Type{Kind: Object, Fields: fields} }

func field(name, doc string, t Type) Field { return Field{Name: name, Doc: doc, Type: t} }

func required(f Field) Field {
	f.Required = true
	return f
}

func fallback(f Field, v any) Field {
	f.Default = v
	return f
}

func secret(f Field) Field {
	f.Secret = true
	return f
}

func actions() catalog {
	timeout := fallback(field("timeout", "How long to wait.", Type{Kind: Duration}), 5*time.Minute)
	start := params(
		field("services", "Names of services.", list(String)),
		field("stopped-by", "The step whose services are started again.", Type{Kind: StepRef}), timeout)
	start.ExactlyOne = []string{"services", "stopped-by"}
	rules := params(
		required(field("default", "Policy for the rest.", choice("if-newer", "always", "never"))),
		field("rules", "First match decides.", Type{Kind: ListOf, Elem: &Type{Kind: Object, Fields: []Field{
			required(field("paths", "Globs.", list(String))),
			required(field("policy", "What is done.", choice("if-newer", "always", "never"))),
		}}}))
	probe := params(
		field("http", "Ask a web server.", params(
			required(secret(field("url", "Address.", Type{Kind: String, NonEmpty: true}))),
			fallback(field("status", "Expected.", Type{Kind: Int}), 200),
			secret(field("headers", "Sent along.", Type{Kind: MapOf})))),
		field("tcp", "Connect.", Type{Kind: String, NonEmpty: true}),
		fallback(field("insecure", "Do not verify.", Type{Kind: Bool}), false))
	probe.ExactlyOne = []string{"http", "tcp"}
	return catalog{
		{Name: "apply-files", Doc: "Puts files on the host.", Params: params(
			required(field("source", "The pack.", Type{Kind: Path, NonEmpty: true})),
			required(field("to", "Where to.", Type{Kind: Path, NonEmpty: true})),
			fallback(field("overwrite", "Policy.", Type{Kind: OneOf, OneOf: []Type{choice("if-newer", "always", "never"), rules}}), "if-newer"),
			field("mode", "Octal mode.", Type{Kind: String}))},
		{Name: "check", Doc: "Verifies.", Params: probe, Verifies: true},
		{Name: "run-command", Doc: "Runs a program.", Opaque: true, Params: params(
			required(secret(field("command", "Program and arguments.", Type{Kind: ListOf, NonEmpty: true}))),
			field("undo", "What takes it back.", Type{Kind: ListOf, NonEmpty: true}),
			secret(field("env", "Added to the environment.", Type{Kind: MapOf})),
			fallback(field("expect-exit", "Exit codes that mean success.", list(Int)), []any{0}), timeout),
			Outputs: []Field{field("stdout", "What it wrote.", Type{Kind: String}), field("exit", "Its exit code.", Type{Kind: Int})}},
		{Name: "start-services", Doc: "Starts services.", Params: start},
		{Name: "stop-services", Doc: "Stops services.", Params: params(
			required(field("services", "Names or globs.", Type{Kind: ListOf, NonEmpty: true})),
			fallback(field("dependents", "What is done with dependents.", choice("stop", "fail")), "stop"),
			fallback(field("force", "End what does not stop.", Type{Kind: Bool}), false), timeout),
			Outputs: []Field{field("stopped", "Names of what was running.", list(String))}},
	}
}
