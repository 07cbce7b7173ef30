package connection

import (
	"time"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/runbooks"
)

// Family returns end-connections.
func Family() actions.Family {
	return actions.Family{
		Verbs:     []actions.Verb{{Spec: spec(), New: newEnd}},
		Operators: []actions.Operator{ender{}},
	}
}

func selectorType() runbooks.Type {
	text := runbooks.Type{Kind: runbooks.String, NonEmpty: true}
	fields := []runbooks.Field{
		{Name: "protocol", Doc: "The protocol: tcp, udp or pipe.", Type: runbooks.Type{Kind: runbooks.String, Enum: []string{host.TCP, host.UDP, host.Pipe}}},
		{Name: "port", Doc: "The port of the host that is connected to.", Type: runbooks.Type{Kind: runbooks.Int}},
		{Name: "service", Doc: "Name or glob of the service that holds the connection.", Type: text},
		{Name: "process", Doc: "Name or glob of the program that holds the connection.", Type: text},
		{Name: "client", Doc: "Name, address or glob of the client at the other end.", Type: text},
	}
	return runbooks.Type{Kind: runbooks.OneOf, OneOf: []runbooks.Type{
		{Kind: runbooks.String, Enum: known()},
		{
			Kind: runbooks.Object, Fields: fields,
			AtLeastOne: []string{"protocol", "port", "service", "process", "client"},
		},
	}}
}

func spec() runbooks.ActionSpec {
	one := selectorType()
	duration := runbooks.Type{Kind: runbooks.Duration}
	return runbooks.ActionSpec{
		Name: "end-connections",
		Doc:  "Ends the connections of clients, and holds until none of them comes back.",
		Params: runbooks.Type{Kind: runbooks.Object, Fields: []runbooks.Field{
			{
				Name: "select", Required: true, Type: runbooks.Type{Kind: runbooks.ListOf, NonEmpty: true, Elem: &one},
				Doc: "What is ended: kinds of clients by name, or connections that have all of the properties given.",
			},
			{
				Name: "except", Type: runbooks.Type{Kind: runbooks.ListOf, Elem: &one},
				Doc: "What is left alone although it is selected, in the same terms.",
			},
			{
				Name: "grace", Type: duration, Default: 30 * time.Second,
				Doc: "How long clients may leave by themselves before they are ended.",
			},
			{
				Name: "settle", Type: duration, Default: 5 * time.Second,
				Doc: "How long none may have come back before the step is done.",
			},
		}},
		Outputs: []runbooks.Field{{
			Name: "ended", Doc: "The clients that were connected when the plan was made.",
			Type: runbooks.Type{Kind: runbooks.ListOf, Elem: &runbooks.Type{Kind: runbooks.String}},
		}},
	}
}
