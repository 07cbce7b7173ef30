package monitor_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/actions/actiontest"
	"quiesce/actions/monitor"
	"quiesce/host"
)

func TestPlanSaysThatNothingIsUndone(t *testing.T) {
	t.Parallel()
	s := verify(map[string]any{"monitors": []any{"performance-monitor"}, "on-found": "stop"})
	ended := 0
	for _, c := range actiontest.NewBench(t, watched, monitor.Family()).Plan(t, s).Changes {
		if c.Kind != actions.ProcessEnd {
			continue
		}
		ended++
		if !strings.HasPrefix(c.Undo, actions.NoUndo) {
			t.Errorf("%s is undone by %q", c.Subject, c.Undo)
		}
	}
	if ended == 0 {
		t.Error("nothing is ended")
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, host string
		step       actiontest.Step
		want       []string
	}{
		{
			"nobody watches", clean, verify(nil),
			[]string{"monitor.absent performance-monitor: none seen", "monitor.absent server-monitor: none seen"},
		},
		{
			"all evidence is told, with what to do", watched, verify(nil),
			[]string{
				"monitor.absent performance-monitor: none seen",
				"monitor.absent server-monitor: none seen",
				"error monitors monitor-found: performance-monitor watches this host: process Perfmon.exe (501) runs (quit it, or write on-found: stop)",
				`error monitors monitor-found: performance-monitor watches this host: MGMT01 is connected to pipe \PIPE\winreg (quit it on MGMT01)`,
				"error monitors monitor-found: performance-monitor watches this host: 127.0.0.1:4101 is connected to port 9182 (quit it, or write on-found: stop)",
				"error monitors monitor-found: server-monitor watches this host: process HealthService.exe (400) runs for service HealthService (stop it with stop-services: services: [HealthService])",
				"error monitors monitor-found: server-monitor watches this host: 10.0.0.40:4100 is connected to port 5666 (quit it on 10.0.0.40:4100)",
				"error monitors monitor-found: server-monitor watches this host: Server Monitor of Exchange polls (quit it on WATCH01)",
			},
		},
		{
			"only what was asked for is looked for", watched,
			verify(map[string]any{"monitors": []any{"server-monitor"}, "from": []any{"local"}, "processes": []any{"procmon*"}}),
			[]string{
				"monitor.absent server-monitor: none seen",
				"monitor.absent named-processes: none seen",
				"error monitors monitor-found: server-monitor watches this host: process HealthService.exe (400) runs for service HealthService (stop it with stop-services: services: [HealthService])",
				"error monitors monitor-found: named-processes watches this host: process procmon64.exe (502) runs (quit it, or write on-found: stop)",
			},
		},
		{
			"stop ends programs, and cannot end what is elsewhere", watched,
			verify(map[string]any{"monitors": []any{"performance-monitor"}, "on-found": "stop"}),
			[]string{
				"process.end Perfmon.exe (501): performance-monitor on this host",
				"monitor.absent performance-monitor: none left when the processes above have ended",
				`error monitors monitor-found: performance-monitor watches this host: MGMT01 is connected to pipe \PIPE\winreg (it cannot be ended from here: quit it on MGMT01)`,
				"error monitors monitor-found: performance-monitor watches this host: 127.0.0.1:4101 is connected to port 9182 (no process is known that could be ended: quit it)",
			},
		},
		{
			"a silence accepts server monitors, and no performance monitor", local,
			silenced("server-monitor", "performance-monitor"),
			[]string{
				"monitor.silence http://alerts:9093: alarms are on; alarms are silent for 2h0m0s at the longest",
				"monitor.absent performance-monitor: none seen",
				"error monitors monitor-found: performance-monitor watches this host: counters of store.exe are read (a silence does not make it let go: quit it)",
			},
		},
		{
			"a silence that is not described is refused", clean, verify(map[string]any{"on-found": "silence", "processes": []any{"a["}}),
			[]string{
				"monitor.absent performance-monitor: none seen",
				"monitor.absent server-monitor: none seen",
				"monitor.absent named-processes: none seen",
				"error on-found missing-silence: on-found: silence does not say where (write silence: {server: …, duration: …})",
				`error processes bad-glob: "a[" is not a glob (close every [ and {)`,
			},
		},
		{
			"a password in the address is refused, and an unused silence told of", clean,
			verify(map[string]any{"monitors": []any{"server-monitor"}, "silence": map[string]any{
				"server": "http://me:secret@alerts", "duration": time.Hour,
			}}),
			[]string{
				"monitor.absent server-monitor: none seen",
				"warning silence unused-silence: no silence is opened: on-found is fail (write on-found: silence)",
				"error silence secret-in-url: the address of the monitoring server holds a user, and the plan would show it (leave the user out of server)",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := actiontest.NewBench(t, test.host, monitor.Family())
			if diff := cmp.Diff(test.want, actiontest.Lines(b.Plan(t, test.step))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestCannotTell(t *testing.T) {
	t.Parallel()
	for name, blind := range map[string]func(h *host.Host){
		"watchers":    func(h *host.Host) { h.Monitors = nil },
		"processes":   func(h *host.Host) { h.Processes = nil },
		"connections": func(h *host.Host) { h.Connections = nil },
	} {
		t.Run("a host without "+name+" is not known to be unwatched", func(t *testing.T) {
			t.Parallel()
			b := actiontest.NewBench(t, clean, monitor.Family())
			play := b.Prepare(t, verify(nil))
			h := b.Memory.Host()
			blind(&h)
			b.Env.Host = host.New(h)
			p := b.Plan(t, verify(nil))
			if len(p.Findings) != 1 || p.Findings[0].Rule != "cannot-tell" || len(p.Changes) > 0 {
				t.Errorf("planned %q", actiontest.Lines(p))
			}
			if err := play.Apply(t.Context()); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "cannot tell") {
				t.Errorf("apply returned %v", err)
			}
		})
	}
}

// late shows a watcher only after the plan.
type late struct{ host.Monitors }

func (late) Watchers(context.Context) ([]host.Watcher, error) {
	return []host.Watcher{{Monitor: "performance-monitor", Remote: true, Evidence: "MGMT02 reads counters", Client: "MGMT02"}}, nil
}

func TestAbsent(t *testing.T) {
	t.Parallel()
	b := actiontest.NewBench(t, clean, monitor.Family())
	play := b.Prepare(t, verify(nil))
	if err := play.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := b.Memory.Host()
	h.Monitors = late{h.Monitors}
	b.Env.Host = h
	if err := play.Apply(t.Context()); err == nil || !strings.Contains(err.Error(), "performance-monitor watches this host: MGMT02 reads counters") {
		t.Errorf("apply returned %v", err)
	}
	want := map[string]string{
		"monitor.absent performance-monitor": "conflict: MGMT02 reads counters",
		"monitor.absent server-monitor":      "not done",
	}
	if diff := cmp.Diff(want, play.Inspect(t)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	open := func(b *actiontest.Bench) int { return len(b.Memory.Describe().Silences) }
	t.Run("it is lifted when the run ends, and again does nothing", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, local, monitor.Family())
		play := b.Prepare(t, silenced("server-monitor"))
		if err := play.Apply(ctx); err != nil || open(b) != 1 {
			t.Fatalf("error %v, %d silences", err, open(b))
		}
		for range 2 {
			if err := play.Finish(ctx); err != nil || open(b) != 0 {
				t.Errorf("error %v, %d silences", err, open(b))
			}
		}
	})
	t.Run("one that ran out is opened again", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, local, monitor.Family())
		play := b.Prepare(t, silenced("server-monitor"))
		if err := play.Apply(ctx); err != nil {
			t.Fatal(err)
		}
		if err := b.Memory.Host().Clock.Sleep(ctx, 3*time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := play.Apply(ctx); err != nil || open(b) != 1 {
			t.Errorf("error %v, %d silences", err, open(b))
		}
	})
}

// TestTable compares the table of the guide with the one of the program.
func TestTable(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/verify-no-monitor.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range monitor.Rows() {
		if !strings.Contains(string(guide), row+"\n") {
			t.Errorf("the guide lacks the row\n%s", row)
		}
	}
}
