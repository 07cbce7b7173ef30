package service_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"quiesce/actions/actiontest"
	"quiesce/actions/service"
	"quiesce/host"
)

// state returns state and start type of a service, as "running/auto".
func state(t *testing.T, b *actiontest.Bench, name string) string {
	t.Helper()
	list, err := b.Memory.Host().Services.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Name == name {
			return string(s.State) + "/" + string(s.Start)
		}
	}
	return "missing"
}

func want(t *testing.T, b *actiontest.Bench, name, wanted string) {
	t.Helper()
	if got := state(t, b, name); got != wanted {
		t.Errorf("%s is %s, want %s", name, got, wanted)
	}
}

func TestStopInTime(t *testing.T) {
	t.Parallel()
	const hanging = "name: h\nservices:\n- {name: slow, process: slow, pid: 10, on-stop: hang}\n"
	step := func(force bool) actiontest.Step {
		return actiontest.Step{Action: "stop-services", With: map[string]any{
			"services": []any{"slow"}, "timeout": 90 * time.Second, "force": force,
		}}
	}
	t.Run("a service that hangs is named, with how long it was waited for", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, hanging, service.Family())
		play := b.Prepare(t, step(false))
		began := b.Memory.Host().Clock.Now()
		err := play.Apply(t.Context())
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "service slow has not stopped within 1m30s") {
			t.Errorf("got %v", err)
		}
		if waited := b.Memory.Host().Clock.Now().Sub(began); waited != 90*time.Second {
			t.Errorf("waited %s", waited)
		}
	})
	t.Run("force kills it", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, hanging, service.Family())
		play := b.Prepare(t, step(true))
		if err := play.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, b, "slow", "stopped/held")
		if err := play.Undo(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, b, "slow", "running/auto")
	})
	t.Run("no timeout waits until the run is stopped", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, hanging, service.Family())
		play := b.Prepare(t, actiontest.Step{Action: "stop-services", With: map[string]any{
			"services": []any{"slow"}, "timeout": time.Duration(0),
		}})
		ctx, cancel := b.Memory.Host().Clock.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := play.Apply(ctx); !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "force") {
			t.Errorf("got %v", err)
		}
	})
}

func TestHold(t *testing.T) {
	t.Parallel()
	const lively = "name: h\nservices:\n- {name: lively, comes-back-after: 10s}\n- {name: idle, state: stopped}\n"
	ctx := context.Background()
	wait := func(b *actiontest.Bench) {
		if err := b.Memory.Host().Clock.Sleep(ctx, time.Minute); err != nil {
			t.Error(err)
		}
	}
	t.Run("a service that is held down does not come back, until the run has ended", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, lively, service.Family())
		play := b.Prepare(t, stopStep("*"))
		if err := play.Apply(ctx); err != nil {
			t.Fatal(err)
		}
		wait(b)
		want(t, b, "lively", "stopped/held")
		want(t, b, "idle", "stopped/held")
		for range 2 {
			if err := play.Finish(ctx); err != nil {
				t.Fatal(err)
			}
			want(t, b, "lively", "stopped/auto")
			want(t, b, "idle", "stopped/auto")
		}
	})
	t.Run("what the run has started again is not touched when it ends", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, lively, service.Family())
		stop := b.Prepare(t, stopStep("lively"))
		if err := stop.Apply(ctx); err != nil {
			t.Fatal(err)
		}
		if err := b.Prepare(t, actiontest.Step{Action: "start-services", With: map[string]any{"stopped-by": "stop"}}).Apply(ctx); err != nil {
			t.Fatal(err)
		}
		if err := stop.Finish(ctx); err != nil {
			t.Fatal(err)
		}
		want(t, b, "lively", "running/auto")
	})
	t.Run("a start type that somebody set meanwhile is not touched when it ends", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, lively, service.Family())
		play := b.Prepare(t, stopStep("lively"))
		if err := play.Apply(ctx); err != nil {
			t.Fatal(err)
		}
		setStart(t, b, "lively", host.StartManual)
		if err := play.Finish(ctx); err != nil {
			t.Fatal(err)
		}
		want(t, b, "lively", "stopped/manual")
	})
}

func setStart(t *testing.T, b *actiontest.Bench, name string, start host.StartType) {
	t.Helper()
	if err := b.Memory.Host().Services.SetStart(t.Context(), name, start); err != nil {
		t.Fatal(err)
	}
}

func TestConflict(t *testing.T) {
	t.Parallel()
	const two = "name: h\nservices:\n- {name: db}\n- {name: app, depends-on: [db], state: stopped}\n- {name: idle, state: stopped}\n"
	stopDB, startIdle := stopStep("db"), actiontest.Step{Action: "start-services", With: services("idle")}
	for _, test := range []struct {
		name   string
		step   actiontest.Step
		meddle func(ctx context.Context, s host.Services) error
		status map[string]string
	}{
		{
			"a dependent that runs since", stopDB,
			func(ctx context.Context, s host.Services) error { return s.Start(ctx, "app") },
			map[string]string{"service.stop db": "conflict: app depends on it, runs now, and is not in the plan"},
		},
		{
			"a service that was stopped since", stopDB,
			func(ctx context.Context, s host.Services) error { return s.Stop(ctx, "db") },
			map[string]string{"service.stop db": "conflict: it is stopped, not running"},
		},
		{
			"a start type that was changed since", stopDB,
			func(ctx context.Context, s host.Services) error { return s.SetStart(ctx, "db", host.StartManual) },
			map[string]string{"service.stop db": "conflict: its start type is manual, not auto"},
		},
		{
			"a start type that was changed before a start", startIdle,
			func(ctx context.Context, s host.Services) error { return s.SetStart(ctx, "idle", host.StartDisabled) },
			map[string]string{"service.start idle": "conflict: its start type is disabled, not auto"},
		},
		{
			"a dependency that stopped before a start",
			actiontest.Step{Action: "start-services", With: services("app")},
			func(ctx context.Context, s host.Services) error { return s.Stop(ctx, "db") },
			map[string]string{"service.start app": "conflict: it depends on db, which does not run and is not in the plan"},
		},
	} {
		t.Run(test.name+" is left alone, by undo too", func(t *testing.T) {
			t.Parallel()
			b := actiontest.NewBench(t, two, service.Family())
			play := b.Prepare(t, test.step)
			if err := test.meddle(t.Context(), b.Memory.Host().Services); err != nil {
				t.Fatal(err)
			}
			before := b.Memory.Describe()
			for subject, state := range play.Inspect(t) {
				if state != test.status[subject] {
					t.Errorf("%s is %q, want %q", subject, state, test.status[subject])
				}
			}
			if err := play.Apply(t.Context()); !actiontest.IsConflict(err) {
				t.Errorf("apply returned %v, want a conflict", err)
			}
			if err := play.Undo(t.Context()); err != nil {
				t.Errorf("undo of what was not done: %v", err)
			}
			same(t, before, b.Memory.Describe())
		})
	}
	t.Run("a start type that was changed after a stop is left alone by undo", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, two, service.Family())
		play := b.Prepare(t, stopDB)
		if err := play.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		setStart(t, b, "db", host.StartManual)
		if err := play.Undo(t.Context()); !actiontest.IsConflict(err) {
			t.Errorf("undo returned %v, want a conflict", err)
		}
		want(t, b, "db", "stopped/manual")
	})
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	b := actiontest.NewBench(t, "name: h\nservices:\n- {name: broken, state: stopped, on-start: {fail: bad configuration}}\n", service.Family())
	play := b.Prepare(t, actiontest.Step{Action: "start-services", With: services("broken")})
	if err := play.Apply(t.Context()); err == nil || !strings.Contains(err.Error(), "bad configuration") {
		t.Errorf("got %v", err)
	}
	if err := play.Undo(t.Context()); err != nil {
		t.Error(err)
	}
	want(t, b, "broken", "failed/auto")
}

// ghost is a service manager whose services come back at once.
type ghost struct{ host.Services }

func (g ghost) Stop(ctx context.Context, name string) error {
	return errors.Join(g.Services.Stop(ctx, name), g.SetStart(ctx, name, host.StartAuto), g.Start(ctx, name))
}

func TestCameBack(t *testing.T) {
	t.Parallel()
	b := actiontest.NewBench(t, "name: h\nservices:\n- {name: undead}\n", service.Family())
	h := b.Memory.Host()
	h.Services = ghost{h.Services}
	b.Use(h)
	err := b.Prepare(t, stopStep("undead")).Apply(t.Context())
	if err == nil || !strings.Contains(err.Error(), "service undead came back") {
		t.Errorf("got %v", err)
	}
}
