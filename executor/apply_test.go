package executor_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/journal"
)

func TestApply(t *testing.T) {
	t.Parallel()
	t.Run("everything, and back again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, server)
		before := w.describe()
		p := w.plan(everything)
		r := begin(t, p)
		if err := w.executor(r).Verify(context.Background(), p); err != nil {
			t.Fatal(err)
		}
		if outcome, err := w.executor(r).Apply(context.Background(), p); outcome != executor.Succeeded {
			t.Fatalf("%s: %v", outcome, err)
		}
		h := w.history(p, r)
		if h.Outcome != executor.Succeeded || strings.Contains(states(h), "pending") {
			t.Errorf("%s: %s", h.Outcome, states(h))
		}
		if again := w.plan(strings.Replace(everything, "  - {id: migrate, action: run-command, with: {command: [migrate], undo: [migrate, --down]}}\n", "", 1)); again.Summary.Changes != 0 {
			t.Errorf("planned again there are changes:\n%s", written(t, again))
		}
		if outcome, err := w.executor(r).Rollback(context.Background(), p, h); outcome != executor.RolledBack {
			t.Fatalf("%s: %v", outcome, err)
		}
		w.same(before, "after the rollback")
		if h := w.history(p, r); h.Outcome != executor.RolledBack || strings.Contains(states(h), "applied") {
			t.Errorf("%s: %s", h.Outcome, states(h))
		}
		if outcome, err := w.executor(r).Rollback(context.Background(), p, w.history(p, r)); outcome != executor.RolledBack || err != nil {
			t.Errorf("rolled back twice: %s, %v", outcome, err)
		}
	})
	t.Run("the intent stands in the journal before a change is made", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, server)
		p := w.plan(everything)
		r := begin(t, p)
		if outcome, err := w.executor(r).Apply(context.Background(), p); outcome != executor.Succeeded {
			t.Fatal(err)
		}
		j, err := journal.Read(strings.NewReader(r.buf.String()))
		if err != nil {
			t.Fatal(err)
		}
		type change struct {
			step string
			from int
		}
		intended, seen := map[change]bool{}, 0
		for _, rec := range j.Records {
			c := change{rec.Step, rec.From}
			switch {
			case rec.Type == journal.Intent:
				intended[c] = true
			case rec.Type != journal.Memo && rec.Type != journal.Applied:
			case actions.Alters(p.Index()[rec.Step].Changes[rec.From].Kind):
				seen++
				if !intended[c] {
					t.Errorf("%s of step %s before its intent", rec.Type, rec.Step)
				}
			}
		}
		if seen < 10 {
			t.Errorf("only %d records looked at", seen)
		}
	})
	t.Run("a failing step rolls back by itself", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, server)
		before := w.describe()
		p := w.plan(strings.Replace(everything, "command: [migrate]", "command: [broken]", 1))
		r := begin(t, p)
		outcome, err := w.executor(r).Apply(context.Background(), p)
		if outcome != executor.RolledBack || err == nil || !strings.Contains(err.Error(), "no such table") {
			t.Fatalf("%s: %v", outcome, err)
		}
		w.same(before, "after the failure")
		want := "watch: undone, quiet: undone, stop: undone, drain: undone, apply: undone, migrate: undone, start: pending, healthy: pending, sure: pending"
		if got := states(w.history(p, r)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if diff := cmp.Diff("step-started step-failed change-undone", types(w.events, "migrate")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a gate that nobody answers fails", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, server)
		w.confirm = nil
		before := w.describe()
		p := w.plan(everything)
		if outcome, err := w.executor(begin(t, p)).Apply(context.Background(), p); outcome != executor.RolledBack || err == nil {
			t.Fatalf("%s: %v", outcome, err)
		}
		w.same(before, "after the refusal")
	})
}

const commands = `
version: 1
name: x
on-failure: rollback
steps:
  - {id: stop, action: stop-services, with: {services: [cron]}}
  - {id: bad, OPTIONS action: run-command, with: {command: [broken], undo: [notify, undone]}}
  - {id: last, action: run-command, with: {command: [notify, last], undo: [notify, x]}}
`

func TestOnFailure(t *testing.T) {
	t.Parallel()
	apply := func(t *testing.T, options string) (*world, executor.Outcome, string, error) {
		w := newWorld(t, server)
		p := w.plan(strings.Replace(commands, "OPTIONS", options, 1))
		r := begin(t, p)
		outcome, err := w.executor(r).Apply(context.Background(), p)
		return w, outcome, states(w.history(p, r)), err
	}
	t.Run("stop leaves everything as it is", func(t *testing.T) {
		t.Parallel()
		_, outcome, got, err := apply(t, "on-failure: stop,")
		if outcome != executor.Stopped || err == nil || got != "stop: applied, bad: failed, last: pending" {
			t.Errorf("%s, %s, %v", outcome, got, err)
		}
	})
	t.Run("continue goes on, and takes back what the step did", func(t *testing.T) {
		t.Parallel()
		_, outcome, got, err := apply(t, "on-failure: continue, reason: it is only a notice,")
		if outcome != executor.Succeeded || err != nil || got != "stop: applied, bad: failed, went on, last: applied" {
			t.Errorf("%s, %s, %v", outcome, got, err)
		}
	})
	t.Run("retries are extra tries, with a delay by the host's clock", func(t *testing.T) {
		t.Parallel()
		w, outcome, _, err := apply(t, "retries: 2, retry-delay: 1h,")
		if outcome != executor.RolledBack || err == nil {
			t.Errorf("%s, %v", outcome, err)
		}
		if got := types(w.events, "bad"); strings.Count(got, "step-retried") != 2 {
			t.Error(got)
		}
		if passed := w.memory.Host().Clock.Now().Sub(w.describe().Now); passed < 0 {
			t.Errorf("the clock went back %s", passed)
		}
	})
	t.Run("a timeout is told as one", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, server)
		p := w.plan(strings.NewReplacer("OPTIONS", "timeout: 10s,", "[broken]", "[slow]").Replace(commands))
		outcome, err := w.executor(begin(t, p)).Apply(context.Background(), p)
		if outcome != executor.RolledBack || err == nil || !strings.Contains(err.Error(), "not done within the step's timeout of 10s") {
			t.Errorf("%s, %v", outcome, err)
		}
	})
}

func TestPointOfNoReturn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, server)
	p := w.plan(`
version: 1
name: x
steps:
  - {id: stop, action: stop-services, with: {services: [cron]}}
  - {id: once, irreversible: true, action: run-command, with: {command: [notify, once]}}
  - {id: app, action: stop-services, with: {services: [app]}}
  - {id: bad, action: run-command, with: {command: [broken], undo: [notify, x]}}
`)
	if p.PointOfNoReturn() != "once" {
		t.Errorf("point of no return %q", p.PointOfNoReturn())
	}
	r := begin(t, p)
	outcome, err := w.executor(r).Apply(context.Background(), p)
	var no *executor.PointOfNoReturnError
	if outcome != executor.Incomplete || !errors.As(err, &no) || no.Step != "once" {
		t.Fatalf("%s: %v", outcome, err)
	}
	want := "stop: applied, once: applied, app: undone, bad: undone"
	if got := states(w.history(p, r)); got != want {
		t.Errorf("got %s", got)
	}
}

// What is held must stay true: a monitor that comes up meanwhile ends the run.
func TestHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, strings.NewReplacer(
		"  - {name: cron}\n", "  - {name: cron}\n  - {name: watcher, state: stopped, process: perfmon.exe, pid: 900}\n",
		"{argv: [migrate],", "{argv: [migrate], starts: [watcher],",
		"  - {pid: 500, name: perfmon.exe}\n", "  - {pid: 501, name: sh}\n").Replace(server))
	p := w.plan(`
version: 1
name: x
steps:
  - {id: watch, action: verify-no-monitor, with: {monitors: [performance-monitor]}, hold: true}
  - {id: stop, action: stop-services, with: {services: [cron]}}
  - {id: migrate, action: run-command, with: {command: [migrate], undo: [migrate, --down]}}
  - {id: app, action: stop-services, with: {services: [app]}}
`)
	outcome, err := w.executor(begin(t, p)).Apply(context.Background(), p)
	if outcome != executor.RolledBack || err == nil || !strings.Contains(err.Error(), "what step watch verified no longer holds before step app") {
		t.Fatalf("%s: %v", outcome, err)
	}
}

func TestDrift(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("all of it is named", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, server)
		p := w.plan(everything)
		h := w.memory.Host()
		if err := h.Services.Stop(ctx, "cron"); err != nil {
			t.Fatal(err)
		}
		tree, err := h.Files.Open(ctx, "/srv/app")
		if err != nil {
			t.Fatal(err)
		}
		f, err := tree.Create("app.conf")
		if err == nil {
			_, err = f.WriteString("port 81\n")
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		before := w.describe()
		err = w.executor(begin(t, p)).Verify(ctx, p)
		var drift *executor.DriftError
		if !errors.As(err, &drift) || len(drift.Items) != 2 {
			t.Fatalf("got %v", err)
		}
		if drift.Items[0].Subject != "cron" || drift.Items[1].Subject != "/srv/app/app.conf" {
			t.Errorf("got %v", drift)
		}
		if diff := cmp.Diff(before, w.describe()); diff != "" {
			t.Errorf("verifying changed the host:\n%s", diff)
		}
	})
	t.Run("another host", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, server)
		p := w.plan(everything)
		other := newWorld(t, strings.Replace(server, "name: web01", "name: web02", 1))
		err := other.executor(begin(t, p)).Verify(ctx, p)
		var drift *executor.DriftError
		if !errors.As(err, &drift) || !strings.Contains(err.Error(), "web01") {
			t.Errorf("got %v", err)
		}
	})
	for name, edit := range map[string]func(dir string) error{
		"a file added to the pack": func(dir string) error { return os.WriteFile(dir+"/added", nil, 0o644) },
		"a file gone from it":      func(dir string) error { return os.Remove(dir + "/lib/new.txt") },
		"other content of a file that is left alone": func(dir string) error {
			return os.WriteFile(dir+"/lib/keep.txt", []byte("SAME\n"), 0o644)
		},
		"the pack is gone": os.RemoveAll,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, server)
			p := w.plan(everything)
			if err := edit(w.pack); err != nil {
				t.Fatal(err)
			}
			var drift *executor.DriftError
			if err := w.executor(begin(t, p)).Verify(ctx, p); !errors.As(err, &drift) || drift.Items[0].Step != "apply" {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("a plan that was applied is drift", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, server)
		p := w.plan(everything)
		if outcome, err := w.executor(begin(t, p)).Apply(ctx, p); outcome != executor.Succeeded {
			t.Fatal(err)
		}
		var drift *executor.DriftError
		if err := w.executor(begin(t, p)).Verify(ctx, p); !errors.As(err, &drift) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-canary"
	w := newWorld(t, strings.Replace(server, "  - {argv: [broken], exit: 3, stderr: \"no such table\"}\n", "  - {argv: [login, \"*\"], exit: 1, stderr: \"wrong password "+secret+"\"}\n", 1))
	w.given["password"] = secret
	w.secrets["password"] = secret
	p := w.plan(`
version: 1
name: x
inputs:
  password: {type: string, secret: true, required: true}
steps:
  - {id: login, action: run-command, with: {command: [login, "${{ inputs.password }}"], undo: [notify, x]}}
`)
	r := begin(t, p)
	outcome, err := w.executor(r).Apply(context.Background(), p)
	if outcome != executor.RolledBack || err == nil {
		t.Fatalf("%s: %v", outcome, err)
	}
	for where, text := range map[string]string{"plan": written(t, p), "journal": r.buf.String(), "error": err.Error()} {
		if strings.Contains(text, secret) {
			t.Errorf("the secret stands in the %s:\n%s", where, text)
		}
	}
	if !strings.Contains(err.Error(), "wrong password ***") {
		t.Errorf("the command was not run with the secret: %v", err)
	}
}
