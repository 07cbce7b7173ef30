package service_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/actions/actiontest"
	"quiesce/actions/service"
	"quiesce/host/memory"
)

const exchange = `
name: EXCH01
os: windows
now: 1999-06-01T02:00:00Z
services:
  - {name: MSExchangeSA, title: Microsoft Exchange System Attendant, process: mad.exe, pid: 300}
  - {name: MSExchangeDS, depends-on: [MSExchangeSA], process: dsamain.exe, pid: 310}
  - {name: MSExchangeIS, depends-on: [MSExchangeDS], process: store.exe, pid: 320, start: manual}
  - {name: MSExchangeMTA, depends-on: [MSExchangeDS], state: stopped}
  - {name: FaxGateway, title: Fax Gateway, depends-on: [MSExchangeIS], process: fax.exe, pid: 330}
  - {name: Legacy, start: disabled, process: legacy.exe, pid: 340}
  - {name: Spooler, process: spoolss.exe, pid: 350}
connections:
  - {local: "10.0.0.5:110", remote: "10.0.0.9:4011", pid: 320, process: store.exe}
`

const web = `
name: web1
services:
  - {name: postgresql.service, process: postgres, pid: 100}
  - {name: app.service, depends-on: [postgresql.service], process: app, pid: 110}
  - {name: nginx.service, depends-on: [app.service], state: paused}
  - {name: batch.service, depends-on: [postgresql.service], state: failed, start: manual}
`

// clientsStayAway: a service that was stopped has lost its clients.
func clientsStayAway(d *memory.Description) { d.Connections = nil }

func services(names ...any) map[string]any { return map[string]any{"services": names} }

func stopStep(names ...any) actiontest.Step {
	return actiontest.Step{Action: "stop-services", With: services(names...)}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	stopAll := stopStep("msexchange*", "Legacy")
	actiontest.Run(
		t, []actions.Family{service.Family()},
		actiontest.Case{Name: "stop with dependents on Windows", Host: exchange, Step: stopAll, Forget: clientsStayAway},
		actiontest.Case{Name: "stop on Linux", Host: web, Step: stopStep("postgresql.service"), Forget: func(d *memory.Description) {
			for i := range d.Services { // what was paused runs after an undo
				if d.Services[i].State == "paused" {
					d.Services[i].State = "running"
				}
			}
		}},
		actiontest.Case{
			Name: "stop without holding down", Host: exchange, Forget: clientsStayAway,
			Step: actiontest.Step{Action: "stop-services", With: map[string]any{"services": []any{"MSExchangeIS"}, "hold-down": false}},
		},
		actiontest.Case{
			Name: "start what a step stopped", Host: exchange, Forget: clientsStayAway, Before: []actiontest.Step{stopAll},
			Step: actiontest.Step{Action: "start-services", With: map[string]any{"stopped-by": "stop"}},
		},
		actiontest.Case{
			Name: "start by name what is held down", Host: exchange, Forget: clientsStayAway, Before: []actiontest.Step{stopAll},
			Step: actiontest.Step{Action: "start-services", With: services("MSExchangeMTA", "FaxGateway")},
		},
		actiontest.Case{
			Name: "start what did not run", Host: web, Forget: func(d *memory.Description) {
				for i := range d.Services { // what had failed is stopped after an undo
					if d.Services[i].State == "failed" {
						d.Services[i].State = "stopped"
					}
				}
			},
			Step: actiontest.Step{Action: "start-services", With: services("batch.service")},
		},
		actiontest.Case{Name: "nothing to stop", Host: web, Step: stopStep("batch.service")},
	)
}

func same(t *testing.T, before, after *memory.Description) {
	t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("something was changed (-before +after):\n%s", diff)
	}
}
