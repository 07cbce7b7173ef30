package monitor_test

import (
	"testing"
	"time"

	"quiesce/actions"
	"quiesce/actions/actiontest"
	"quiesce/actions/monitor"
	"quiesce/host/memory"
)

const clean = `
name: EXCH01
os: windows
now: 1999-06-01T02:00:00Z
services:
  - {name: MSExchangeIS, process: store.exe, pid: 320}
processes:
  - {pid: 500, name: explorer.exe, user: administrator}
connections:
  - {local: "10.0.0.5:110", remote: "10.0.0.9:4011", process: store.exe, pid: 320}
`

const local = clean + `
monitors:
  - {monitor: performance-monitor, evidence: counters of store.exe are read, pid: 501}
  - {monitor: server-monitor, evidence: alarms are on, remote: true, client: WATCH01}
`

// perfmon runs by hand, the agent as a service.
const watched = `
name: EXCH01
os: windows
now: 1999-06-01T02:00:00Z
services:
  - {name: HealthService, process: HealthService.exe, pid: 400}
processes:
  - {pid: 501, name: Perfmon.exe, user: administrator}
  - {pid: 502, name: procmon64.exe, user: administrator}
connections:
  - {local: "10.0.0.5:5666", remote: "10.0.0.40:4100"}
  - {local: "127.0.0.1:9182", remote: "127.0.0.1:4101"}
pipes:
  - {name: '\PIPE\winreg', client: MGMT01, pid: 300}
monitors:
  - {monitor: performance-monitor, evidence: counters of store.exe are read, pid: 501}
  - {monitor: server-monitor, evidence: Server Monitor of Exchange polls, remote: true, client: WATCH01}
`

func verify(with map[string]any) actiontest.Step {
	return actiontest.Step{Action: "verify-no-monitor", With: with}
}

func silenced(monitors ...any) actiontest.Step {
	return verify(map[string]any{
		"monitors": monitors, "on-found": "silence",
		"silence": map[string]any{"server": "http://alerts:9093", "duration": 2 * time.Hour},
	})
}

// notStartedAgain: a monitor that was ended stays so.
func notStartedAgain(d *memory.Description) { d.Processes, d.Monitors = nil, nil }

// forgetID: another silence has another id.
func forgetID(d *memory.Description) {
	for i := range d.Silences {
		d.Silences[i].ID = ""
	}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	alone := `
name: EXCH01
os: windows
processes:
  - {pid: 501, name: Perfmon.exe, user: administrator}
  - {pid: 502, name: procmon64.exe, user: administrator}
monitors:
  - {monitor: performance-monitor, evidence: counters of store.exe are read, pid: 501}
`
	actiontest.Run(
		t, []actions.Family{monitor.Family()},
		actiontest.Case{Name: "nobody watches", Host: clean, Step: verify(nil)},
		actiontest.Case{
			Name: "programs that are ended", Host: alone, Forget: notStartedAgain,
			Step: verify(map[string]any{"on-found": "stop", "processes": []any{"procmon*.exe"}}),
		},
		actiontest.Case{Name: "alarms that are silenced", Host: local, Step: silenced("server-monitor"), Forget: forgetID},
	)
}
