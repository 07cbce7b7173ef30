package monitor

import (
	"quiesce/actions"
	"quiesce/runbooks"
)

// The monitors.
const (
	performance = "performance-monitor"
	server      = "server-monitor"
	// others stands for the programs that a runbook names itself.
	others = "named-processes"
)

// Where a monitor watches from.
const (
	local  = "local"
	remote = "remote"
)

// What is done about a monitor that is found.
const (
	fail    = "fail"
	stop    = "stop"
	silence = "silence"
)

// defaultComment is what the monitoring server shows if the runbook says nothing.
const defaultComment = "Maintenance by Quiesce"

// Family returns verify-no-monitor.
func Family() actions.Family {
	return actions.Family{
		Verbs:     []actions.Verb{{Spec: spec(), New: newVerify}},
		Operators: []actions.Operator{absentee{}, ender{}, silencer{}},
	}
}

func spec() runbooks.ActionSpec {
	text := runbooks.Type{Kind: runbooks.String, NonEmpty: true}
	choice := func(names ...string) runbooks.Type {
		return runbooks.Type{Kind: runbooks.ListOf, NonEmpty: true, Elem: &runbooks.Type{Kind: runbooks.String, Enum: names}}
	}
	return runbooks.ActionSpec{
		Name: "verify-no-monitor",
		Doc:  "Verifies that nobody watches the host, from it or from another machine.",
		Params: runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
			{
				Name: "monitors", Type: choice(performance, server), Default: []any{performance, server},
				Doc: "The kinds of monitors that must not watch.",
			},
			{
				Name: "from", Type: choice(local, remote), Default: []any{local, remote},
				Doc: "Where they must not watch from: the host itself, other machines.",
			},
			{
				Name: "processes", Type: runbooks.Type{Kind: runbooks.ListOf, Elem: &text},
				Doc: "Names and globs of further programs that count as monitors where they run on the host.",
			},
			{
				Name: "on-found", Type: runbooks.Type{Kind: runbooks.String, Enum: []string{fail, stop, silence}}, Default: fail,
				Doc: "What is done about a monitor: the step fails, its process is ended, or its alarms are silenced.",
			},
			{Name: "silence", Doc: "The silence that on-found: silence opens.", Type: silenceType()},
		}},
		Outputs: []runbooks.Field{{
			Name: "found", Doc: "The evidence of each monitor that was found when the plan was made.",
			Type: runbooks.Type{Kind: runbooks.ListOf, Elem: &runbooks.Type{Kind: runbooks.String}},
		}},
		Verifies: true,
	}
}

func silenceType() runbooks.Type {
	text := runbooks.Type{Kind: runbooks.String, NonEmpty: true}
	return runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
		{Name: "server", Doc: "Where the monitoring server is.", Type: text, Required: true},
		{Name: "duration", Doc: "When the silence ends by itself at the latest.", Type: runbooks.Type{Kind: runbooks.Duration}, Required: true},
		{Name: "comment", Doc: "Why, for who reads it at the monitoring server.", Type: text, Default: defaultComment},
	}}
}
