package executor_test

import (
	"strings"
	"testing"
	"time"

	"quiesce/executor"
	"quiesce/host/fault"
)

// The start of a service could not be undone, its stop was, and the rollback
// was interrupted there: going on with it does not stop the service again.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	a := newDrill(t, drillServer, drillPack, allActions, richTrees).anew(t)
	a.applied(t)
	e := a.on(t, &fault.Plan{Op: "set start type of service", Subject: "cron", Nth: 1})
	stop := make(chan struct{})
	e.Stop = stop
	e.Observe = func(ev executor.Event) {
		if ev.Type == executor.ChangeUndone && ev.Step == "stop" && ev.Change.Subject == "cron" {
			close(stop)
		}
	}
	if outcome, err := e.Rollback(t.Context(), a.plan, a.history(t)); outcome != executor.Interrupted {
		t.Fatalf("%s: %v", outcome, err)
	}
	if err := a.back(t); err != nil {
		t.Error(err)
	}
	a.mustBeRestored(t, "rolled back again")
}

const twoPatches = `
version: 1
name: Two patches
steps:
  - {id: first, action: apply-with-overwrite-policy, with: {source: /pack, to: /srv/app, overwrite: if-different}}
  - {id: second, action: apply-with-overwrite-policy, with: {source: /more, to: /srv/app, overwrite: if-different}}
`

// Two transactions in one directory, of which the later is taken back late: the
// directory has the date from before the first.
func TestLateTransaction(t *testing.T) {
	t.Parallel()
	packs := strings.Replace(drillPack, "/more/app.conf", "/more/extra.conf", 1)
	a := newDrill(t, drillServer, packs, twoPatches, richTrees).anew(t)
	if err := a.memory.Host().Clock.Sleep(t.Context(), time.Minute); err != nil { // so that dates show
		t.Fatal(err)
	}
	a.applied(t)
	outcome, err := a.on(t, &fault.Plan{Op: "remove", Subject: "/srv/app/extra.conf", Nth: 1}).Rollback(t.Context(), a.plan, a.history(t))
	if outcome != executor.Incomplete || !strings.Contains(err.Error(), "extra.conf") || strings.Contains(err.Error(), "waits") {
		t.Fatalf("%s: %v", outcome, err)
	}
	if err := a.back(t); err != nil {
		t.Error(err)
	}
	a.mustBeRestored(t, "rolled back again")
}
