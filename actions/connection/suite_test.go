package connection_test

import (
	"strings"
	"testing"
	"time"

	"quiesce/actions"
	"quiesce/actions/actiontest"
	"quiesce/actions/connection"
	"quiesce/host/memory"
)

const mail = `
name: EXCH01
os: windows
now: 1999-06-01T02:00:00Z
services:
  - {name: MSExchangeIS, process: store.exe, pid: 320}
  - {name: UPS, process: ups.exe, pid: 330}
connections:
  - {local: "10.0.0.5:110", remote: "10.0.0.9:4011", process: store.exe, pid: 320}
  - {local: "10.0.0.5:110", remote: "10.0.0.10:4012", process: store.exe, pid: 320, leaves-after: 10s}
  - {local: "10.0.0.5:143", remote: "10.0.0.11:4013", process: store.exe, pid: 320, client: LAPTOP7, comes-back-after: 2s}
  - {local: "10.0.0.5:3389", remote: "10.0.0.20:5000", client: ADMIN1, own: true}
  - {local: "10.0.0.5:1433", remote: "10.0.0.21:5001", client: BACKUP1}
pipes:
  - {name: '\PIPE\samr', client: MGMT01, pid: 4}
`

func sel(items ...any) actiontest.Step {
	return actiontest.Step{Action: "end-connections", With: map[string]any{"select": items}}
}

// gone: clients connect again by themselves, not by an undo.
func gone(d *memory.Description) { d.Connections, d.Pipes = nil, nil }

func TestSuite(t *testing.T) {
	t.Parallel()
	actiontest.Run(
		t, []actions.Family{connection.Family()},
		actiontest.Case{
			Name: "clients on a port, some of which leave", Host: mail, Forget: gone, Unsimulated: true,
			Step: sel(map[string]any{"protocol": "tcp", "port": 110}, map[string]any{"client": "backup*"}, "user-manager"),
		},
		actiontest.Case{Name: "clients that stay", Host: strings.ReplaceAll(mail, ", leaves-after: 10s", ""), Forget: gone, Step: sel(map[string]any{"client": "backup*"}, "user-manager")},
		actiontest.Case{Name: "nobody", Host: mail, Step: actiontest.Step{Action: "end-connections", With: map[string]any{
			"select": []any{"ups"}, "grace": time.Duration(0), "settle": time.Duration(0),
		}}},
	)
}
