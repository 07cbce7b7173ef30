package service

import (
	"time"

	"quiesce/actions"
	"quiesce/runbooks"
)

const defaultTimeout = 5 * time.Minute

// Family returns stop-services and start-services.
func Family() actions.Family {
	return actions.Family{
		Verbs: []actions.Verb{
			{Spec: stopSpec(), New: newStop},
			{Spec: startSpec(), New: newStart},
		},
		Operators: []actions.Operator{stopper{}, starter{}},
	}
}

func names(doc string, required bool) runbooks.Field {
	return runbooks.Field{
		Name: "services", Doc: doc, Required: required,
		Type: runbooks.Type{Kind: runbooks.ListOf, NonEmpty: true, Elem: &runbooks.Type{Kind: runbooks.String, NonEmpty: true}},
	}
}

func timeout(doc string) runbooks.Field {
	return runbooks.Field{Name: "timeout", Doc: doc, Type: runbooks.Type{Kind: runbooks.Duration}, Default: defaultTimeout}
}

func stopSpec() runbooks.ActionSpec {
	return runbooks.ActionSpec{
		Name: "stop-services",
		Doc:  "Stops services and everything that depends on them, and keeps them down while the run is on.",
		Params: runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
			names("Names and globs of the services to stop, without case on Windows.", true),
			{
				Name: "dependents", Default: "stop",
				Doc:  "Whether services that depend on these and run are stopped too, or forbid the step.",
				Type: runbooks.Type{Kind: runbooks.String, Enum: []string{"stop", "fail"}},
			},
			timeout("How long each service may take to stop; 0s waits without end."),
			{
				Name: "force", Type: runbooks.Type{Kind: runbooks.Bool}, Default: false,
				Doc: "Whether the processes of a service that has not stopped in time are killed.",
			},
			{
				Name: "hold-down", Type: runbooks.Type{Kind: runbooks.Bool}, Default: true,
				Doc: "Whether the services are kept from being started by anything while the run is on.",
			},
		}},
		Outputs: []runbooks.Field{{
			Name: "stopped", Doc: "The services that were running, in the order in which they are stopped.",
			Type: runbooks.Type{Kind: runbooks.ListOf, Elem: &runbooks.Type{Kind: runbooks.String}},
		}},
	}
}

func startSpec() runbooks.ActionSpec {
	return runbooks.ActionSpec{
		Name: "start-services",
		Doc:  "Starts services and what they depend on, and waits until they run.",
		Params: runbooks.Type{
			Kind: runbooks.Object, ExactlyOne: []string{"services", "stopped-by"},
			Fields: []runbooks.Field{
				names("Names and globs of the services to start, without case on Windows.", false),
				{
					Name: "stopped-by", Type: runbooks.Type{Kind: runbooks.StepRef},
					Doc: "The stop-services step whose services, as it found them running, are started again.",
				},
				timeout("How long each service may take to start; 0s waits without end."),
			},
		},
		Outputs: []runbooks.Field{{
			Name: "started", Doc: "The services that are started, in this order.",
			Type: runbooks.Type{Kind: runbooks.ListOf, Elem: &runbooks.Type{Kind: runbooks.String}},
		}},
	}
}
