package executor_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/executor"
	"quiesce/host"
	"quiesce/host/fault"
)

// drillServer is a server with something for every action to do.
const drillServer = `
name: web01
os: linux
now: 2030-01-01T00:00:00Z
files:
  - {path: /srv/app/app.conf, content: "port 80\n", modified: 2029-01-01T00:00:00Z, mode: "0640", owner: "33:33"}
  - {path: /srv/app/bin/tool, content: "tool 1\n", modified: 2029-01-01T00:00:00Z, mode: "4755", owner: "5:5"}
  - {path: /srv/app/old.txt, content: "old\n", mode: "0600", owner: "7:8"}
  - {path: /srv/app/cache/a, content: "a\n", modified: 2028-01-01T00:00:00Z}
  - {path: /srv/app/cache/deep/b, content: "b\n"}
  - {path: /srv/app/lib/keep.txt, content: "same\n"}
  - {path: /var/lib/app/version, content: "1\n"}
services:
  - {name: db, process: dbd, pid: 10}
  - {name: app, depends-on: [db], process: appd, pid: 11}
  - {name: report, depends-on: [app], start: manual}
  - {name: cron}
processes:
  - {pid: 500, name: perfmon.exe}
connections:
  - {local: "10.0.0.5:110", remote: "10.0.0.9:4011", process: maild, pid: 60, leaves-after: 1h}
monitors:
  - {monitor: server-monitor, remote: true, client: nagios, evidence: "nagios polls port 5666"}
commands:
  - {argv: [migrate], writes: [{path: /var/lib/app/schema, content: "2\n"}]}
  - {argv: [migrate, --down], removes: [/var/lib/app/schema]}
  - {argv: [notify, "*"]}
network:
  http: [{url: "http://localhost/health", body: ok, service: app}]
`

const drillPack = `
name: packs
os: linux
files:
  - {path: /pack/app.conf, content: "port 8080\n"}
  - {path: /pack/bin/tool, content: "tool 2, which is longer\n", mode: "0755"}
  - {path: /pack/lib/keep.txt, content: "same\n"}
  - {path: /pack/lib/more/new.txt, content: "new\n"}
  - {path: /more/app.conf, content: "port 8081\n"}
`

// allActions is a runbook that uses every action of the language.
const allActions = `
version: 1
name: All actions
max-parallel: 1
steps:
  - {id: watch, action: verify-no-monitor, with: {monitors: [performance-monitor], on-found: stop}, hold: true}
  - {id: quiet, action: verify-no-monitor, with: {monitors: [server-monitor], on-found: silence, silence: {server: "http://alerts", duration: 1h}}}
  - {id: stop, action: stop-services, with: {services: [db, cron]}}
  - {id: drain, action: end-connections, with: {select: [mail-clients], grace: 10s, settle: 2s}}
  - {id: apply, action: apply-with-overwrite-policy, with: {source: /pack, to: /srv/app, overwrite: if-different, remove: ["*.txt", cache], mode: "0644"}}
  - {id: migrate, action: run-command, with: {command: [migrate], undo: [migrate, --down]}}
  - {id: tidy, action: apply-with-overwrite-policy, with: {source: /more, to: /srv/app, overwrite: if-different, remove: [lib/more/new.txt]}}
  - {id: start, action: start-services, with: {stopped-by: stop}}
  - {id: healthy, action: check, with: {http: {url: "http://localhost/health"}}}
  - {id: sure, action: confirm, with: {message: "Is it well?"}}
`

// causes are the errors of a failing operation. The fallbacks for file systems
// that can do little do not ask which it is, so one is enough for them.
func (d *drill) causes() map[string]error {
	if d.trees == plainTrees {
		return map[string]error{"EIO": syscall.EIO}
	}
	return map[string]error{
		"EIO":    syscall.EIO,
		"ENOSPC": fmt.Errorf("%w: %w", host.ErrNoSpace, syscall.ENOSPC),
		"EPERM":  syscall.EPERM,
	}
}

// tally counts how the runs of a sweep ended.
type tally struct {
	faults, rolledBack, recovered int
	harmless                      map[string]int // by the kind of operation
}

func (s *tally) String() string {
	harmless := 0
	var kinds []string
	for _, op := range slices.Sorted(maps.Keys(s.harmless)) {
		harmless += s.harmless[op]
		kinds = append(kinds, fmt.Sprintf("%s %d", op, s.harmless[op]))
	}
	return fmt.Sprintf("%d faults: %d rolled back, %d recovered later, %d harmless (%s)", s.faults, s.rolledBack, s.recovered, harmless, strings.Join(kinds, ", "))
}

// sweepOf lists the faults of a sweep over operations: each fails once; each
// kind on one subject stays broken; everything fails from there on. The write
// that fails is short as well.
func sweepOf(operations []fault.Operation, cause error) []fault.Plan {
	var plans []fault.Plan
	seen := map[fault.Operation]int{}
	for i, o := range operations {
		seen[o]++
		one := fault.Plan{Op: o.Op, Subject: o.Subject, Nth: seen[o], Err: cause}
		stuck := one
		stuck.Lasting = true
		plans = append(plans, one, stuck)
		if cause == syscall.EIO {
			plans = append(plans, fault.Plan{Nth: i + 1, Lasting: true, Err: cause})
		}
		if o.Op == "write" {
			one.Short, stuck.Short = true, true
			plans = append(plans, one, stuck)
		}
	}
	if sampled || testing.Short() {
		plans = slices.DeleteFunc(plans, func(p fault.Plan) bool { return p.Nth%7 != 1 })
	}
	return plans
}

// judge says whether a run that met a fault ended as it may: taken back, whole;
// or with a journal from which it can be, once the fault is gone; or, where the
// fault did no harm, done.
func (a *attempt) judge(t *testing.T, s *tally, what fault.Plan, outcome executor.Outcome, err error) {
	t.Helper()
	s.faults++
	at := fmt.Sprintf("fault %q, the %d. %s %s, lasting %v, short %v: %v: %s: %v", what.Counter.Last(), what.Nth, what.Op, what.Subject, what.Lasting, what.Short, what.Err, outcome, err)
	switch outcome {
	case executor.RolledBack:
		s.rolledBack++
		a.mustBeRestored(t, at)
		if err == nil {
			t.Errorf("%s: without a word why", at)
		}
	case executor.Succeeded:
		op, _, _ := strings.Cut(what.Counter.Last(), " /")
		s.harmless[strings.TrimSpace(op)]++
		a.mustBeApplied(t, at)
		if err != nil {
			t.Errorf("%s: it succeeded, with an error", at)
		}
	case executor.Incomplete, executor.Unfinished:
		s.recovered++
		if outcome == executor.Incomplete && !what.Lasting {
			t.Errorf("%s: one fault kept the run from going back", at)
		}
		if err == nil {
			t.Errorf("%s: without a word why", at)
		}
	default:
		t.Errorf("%s: no way to end", at)
	}
	if err := a.back(t); err != nil {
		t.Errorf("%s: then %v", at, err)
	}
	a.mustBeRestored(t, at+": taken back later")
}

func (a *attempt) mustBeApplied(t *testing.T, when string) {
	t.Helper()
	if diff := cmp.Diff(a.after, a.standing(t).timeless()); diff != "" {
		t.Errorf("%s: the server is not as planned:\n%s", when, diff)
	}
}

func (a *attempt) mustBeRestored(t *testing.T, when string) {
	t.Helper()
	before, now := a.before, a.standing(t)
	if a.keepsDates {
		before.Dates, now.Dates = nil, nil
	}
	if diff := cmp.Diff(before, now); diff != "" {
		t.Errorf("%s: the server is not as it was:\n%s", when, diff)
	}
}

// TestEveryFailingOperation lets each operation on the host and on the pack fail
// in turn while a runbook that uses all actions is applied.
func TestEveryFailingOperation(t *testing.T) {
	t.Parallel()
	for name, trees := range map[string]treeKind{"rich": richTrees, "plain": plainTrees} {
		d := newDrill(t, drillServer, drillPack, allActions, trees)
		operations := d.operations(t)
		for code, cause := range d.causes() {
			t.Run(name+" "+code, func(t *testing.T) {
				t.Parallel()
				s := &tally{harmless: map[string]int{}}
				for _, what := range sweepOf(operations, cause) {
					a := d.anew(t)
					a.begin(t)
					what.Counter = &fault.Counter{}
					outcome, err := a.on(t, &what).Apply(t.Context(), d.plan)
					if what.Counter.Failed() == 0 {
						t.Fatalf("%+v: met no operation", what)
					}
					if outcome != executor.Succeeded && !errors.Is(err, cause) {
						t.Errorf("%s: %v: the cause is not told", what.Counter.Last(), err)
					}
					a.judge(t, s, what, outcome, err)
					if t.Failed() {
						break
					}
				}
				t.Log(s)
			})
		}
	}
}

// sample is the stride of a sweep that need not try everything every time.
func sample(stride int) int {
	if sampled || testing.Short() {
		return 7 * stride
	}
	return stride
}

// TestEveryFailingOperationOfARollback lets each operation of a rollback fail.
// Whatever became of it, the rollback can be repeated.
func TestEveryFailingOperationOfARollback(t *testing.T) {
	t.Parallel()
	for name, trees := range map[string]treeKind{"rich": richTrees, "plain": plainTrees} {
		d := newDrill(t, drillServer, drillPack, allActions, trees)
		rolling := d.anew(t)
		rolling.applied(t)
		c := &fault.Counter{}
		if outcome, err := rolling.on(t, &fault.Plan{Counter: c}).Rollback(t.Context(), d.plan, rolling.history(t)); outcome != executor.RolledBack {
			t.Fatalf("%s: %v", outcome, err)
		}
		for code, cause := range d.causes() {
			t.Run(name+" "+code, func(t *testing.T) {
				t.Parallel()
				s := &tally{harmless: map[string]int{}}
				for _, what := range sweepOf(c.Operations(), cause) {
					a := d.anew(t)
					a.applied(t)
					// A directory whose date may not be set belongs to another
					// user: the plan of such a user says that its date stays.
					a.keepsDates = what.Op == "chtimes" && cause == syscall.EPERM
					what.Counter = &fault.Counter{}
					outcome, err := a.on(t, &what).Rollback(t.Context(), d.plan, a.history(t))
					if what.Counter.Failed() == 0 {
						t.Fatalf("%+v: met no operation", what)
					}
					if outcome == executor.RolledBack && err == nil {
						err = cause // it got over the fault
					}
					what.Lasting = true // that one fault keeps it from going back is no wonder here
					a.judge(t, s, what, outcome, err)
				}
				t.Log(s)
			})
		}
	}
}

// applied carries the plan out.
func (a *attempt) applied(t *testing.T) {
	t.Helper()
	a.begin(t)
	if outcome, err := a.on(t, nil).Apply(t.Context(), a.plan); outcome != executor.Succeeded {
		t.Fatalf("%s: %v", outcome, err)
	}
}

// TestFailingOperationsOfAResume lets operations fail while a run that was
// ended somewhere goes on.
func TestFailingOperationsOfAResume(t *testing.T) {
	t.Parallel()
	d := newDrill(t, drillServer, drillPack, allActions, richTrees)
	total := len(d.operations(t))
	for code, cause := range d.causes() {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := &tally{harmless: map[string]int{}}
			for crash := 1; crash <= total; crash += sample(17) {
				for n := 1 + crash%9; ; n += 9 {
					a := d.anew(t)
					a.begin(t)
					a.crash(t, crash, true, d.apply)
					what := fault.Plan{Nth: n, Lasting: n%2 == 0, Err: cause, Counter: &fault.Counter{}}
					outcome, err := a.on(t, &what).Resume(t.Context(), d.plan, a.history(t))
					if what.Counter.Failed() == 0 {
						break
					}
					if outcome == executor.Interrupted { // it asks, because of a command or a fault
						s.faults++
						s.recovered++
						if err := a.back(t); err != nil {
							t.Errorf("crash %d, then %s: %v", crash, what.Counter.Last(), err)
						}
						a.mustBeRestored(t, fmt.Sprintf("crash %d, then %s, rolled back", crash, what.Counter.Last()))
						continue
					}
					a.judge(t, s, what, outcome, err)
				}
			}
			t.Log(s)
		})
	}
}

// TestEveryFailingOperationOfVerify: what cannot be compared is an error or
// drift, and the server is left alone.
func TestEveryFailingOperationOfVerify(t *testing.T) {
	t.Parallel()
	d := newDrill(t, drillServer, drillPack, allActions, richTrees)
	a := d.anew(t)
	verify := func(what *fault.Plan) error {
		e := a.on(t, what)
		e.Host.Traits.Volatile = true
		return e.Verify(t.Context(), d.plan)
	}
	a.begin(t)
	c := &fault.Counter{}
	if err := verify(&fault.Plan{Counter: c}); err != nil {
		t.Fatal(err)
	}
	s := &tally{harmless: map[string]int{}}
	for _, cause := range d.causes() {
		for _, what := range sweepOf(c.Operations(), cause) {
			what.Counter = &fault.Counter{}
			s.faults++
			if err := verify(&what); err == nil {
				op, _, _ := strings.Cut(what.Counter.Last(), " /")
				s.harmless[op]++
			}
			a.mustBeRestored(t, what.Counter.Last())
		}
	}
	t.Log(s)
}

// operations are those of a run without a fault.
func (d *drill) operations(t *testing.T) []fault.Operation {
	t.Helper()
	a, c := d.anew(t), &fault.Counter{}
	a.begin(t)
	if outcome, err := a.on(t, &fault.Plan{Counter: c}).Apply(t.Context(), d.plan); outcome != executor.Succeeded {
		t.Fatalf("%s: %v", outcome, err)
	}
	return c.Operations()
}
