package builtin

import (
	"quiesce/actions"
	"quiesce/actions/check"
	"quiesce/actions/command"
	"quiesce/actions/connection"
	"quiesce/actions/file"
	"quiesce/actions/monitor"
	"quiesce/actions/service"
)

// Registry returns the verbs and operators of all families.
func Registry() (*actions.Registry, error) {
	return actions.NewRegistry(
		check.Family(),
		command.Family(),
		connection.Family(),
		file.Family(),
		monitor.Family(),
		service.Family(),
	)
}
