package overlay_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/host"
	"quiesce/host/overlay"
)

const busy = `
name: server
now: 2020-01-01T00:00:00Z
services:
  - {name: base, process: based, pid: 10}
  - {name: top, depends-on: [base], process: topd, pid: 20}
  - {name: off, state: stopped, start: manual}
processes: [{pid: 30, name: perfmon}]
connections:
  - {id: c1, local: "10.0.0.1:25", remote: "10.0.0.2:1", process: topd}
  - {id: c2, local: "10.0.0.1:80", remote: "10.0.0.2:2", process: perfmon}
monitors: [{monitor: performance-monitor, evidence: perfmon runs, process: perfmon}]
`

func TestProcesses(t *testing.T) {
	t.Parallel()
	t.Run("the process of a service comes back with it, as another", func(t *testing.T) {
		t.Parallel()
		w, ctx := open(t, busy), context.Background()
		old, err := w.host.Processes.List(ctx)
		must(t, err)
		must(t, w.host.Services.Stop(ctx, "top"))
		must(t, w.host.Clock.Sleep(ctx, time.Second))
		must(t, w.host.Services.Start(ctx, "top"))
		list, err := w.host.Processes.List(ctx)
		must(t, err)
		if len(list) != 3 || list[1].PID != 20 || list[1].Service != "top" || list[1].Started.Equal(old[1].Started) {
			t.Errorf("the processes are %+v", list)
		}
		wantError(t, w.host.Processes.End(ctx, old[1]), host.ErrChanged)
	})
	t.Run("a process takes its connections and its watching with it", func(t *testing.T) {
		t.Parallel()
		w, ctx := open(t, busy), context.Background()
		list, err := w.host.Processes.List(ctx)
		must(t, err)
		must(t, w.host.Processes.End(ctx, list[2]))
		left, err := w.host.Connections.List(ctx)
		must(t, err)
		if len(left) != 1 || left[0].ID != "c1" {
			t.Errorf("the connections are %+v", left)
		}
		watchers, err := w.host.Monitors.Watchers(ctx)
		must(t, err)
		if len(watchers) != 0 {
			t.Errorf("the watchers are %+v", watchers)
		}
	})
}

// TestSharedProcess shows services that live in one process.
func TestSharedProcess(t *testing.T) {
	t.Parallel()
	const shared = `
name: server
services:
  - {name: one, process: svchost, pid: 40}
  - {name: two, process: svchost, pid: 40}
connections:
  - {id: c1, local: "10.0.0.1:1", remote: "10.0.0.2:1", service: one, pid: 40}
  - {id: c2, local: "10.0.0.1:2", remote: "10.0.0.2:2", service: two, pid: 40}
`
	ctx := context.Background()
	processes := func(t *testing.T, h host.Host, want ...string) {
		t.Helper()
		list, err := h.Processes.List(ctx)
		must(t, err)
		got := []string{}
		for _, p := range list {
			got = append(got, p.Service)
		}
		if !slices.Equal(got, want) {
			t.Errorf("processes are of %q, want %q", got, want)
		}
	}
	t.Run("it ends with the last, and comes with the first", func(t *testing.T) {
		t.Parallel()
		h := open(t, shared).host
		must(t, h.Services.Stop(ctx, "one"))
		processes(t, h, "two")
		list, err := h.Connections.List(ctx)
		must(t, err)
		if len(list) != 1 || list[0].ID != "c2" {
			t.Errorf("the connections are %+v", list)
		}
		must(t, h.Services.Stop(ctx, "two"))
		processes(t, h)
		must(t, h.Services.Start(ctx, "one"))
		must(t, h.Services.Start(ctx, "two"))
		processes(t, h, "one")
	})
	t.Run("when it is ended both have failed", func(t *testing.T) {
		t.Parallel()
		h := open(t, shared).host
		list, err := h.Processes.List(ctx)
		must(t, err)
		must(t, h.Processes.End(ctx, list[0]))
		services, err := h.Services.List(ctx)
		must(t, err)
		if services[0].State != host.Failed || services[1].State != host.Failed {
			t.Errorf("they are %+v", services)
		}
	})
}

// TestPartialBase shows an overlay on a base that has services, and nothing else.
func TestPartialBase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	o := overlay.New(host.Host{Services: open(t, busy).host.Services})
	must(t, o.Host().Services.Stop(ctx, "top"))
	list, err := o.Host().Services.List(ctx)
	must(t, err)
	if list[2].State != host.Stopped {
		t.Errorf("it is %v", list[2].State)
	}
	for what, err := range map[string]error{
		"processes":   second(o.Host().Processes.List(ctx)),
		"connections": second(o.Host().Connections.List(ctx)),
		"watchers":    second(o.Host().Monitors.Watchers(ctx)),
		"files":       second(o.Host().Files.Open(ctx, "/")),
		"silence":     second(o.Host().Monitors.Silence(ctx, host.Silence{Server: "s", Duration: time.Hour})),
	} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: got %v, want errors.ErrUnsupported", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestScript shows the behaviour that a script adds.
func TestScript(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scripted := func(t *testing.T, s overlay.Script) host.Host {
		return overlay.NewScripted(open(t, busy).memory.Host(), s).Host()
	}
	state := func(t *testing.T, h host.Host, name string) host.ServiceState {
		t.Helper()
		list, err := h.Services.List(ctx)
		must(t, err)
		return list[slices.IndexFunc(list, func(s host.Service) bool { return s.Name == name })].State
	}
	want := func(t *testing.T, h host.Host, name string, want host.ServiceState) {
		t.Helper()
		if got := state(t, h, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	for sentence, test := range map[string]func(t *testing.T){
		"a service that hangs goes on stopping until it is killed": func(t *testing.T) {
			h := scripted(t, overlay.Script{Services: map[string]overlay.ServiceScript{"top": {HangOnStop: true}}})
			before := h.Clock.Now()
			limited, cancel := h.Clock.WithTimeout(ctx, time.Minute)
			defer cancel()
			wantError(t, h.Services.Stop(limited, "top"), context.DeadlineExceeded)
			if took := h.Clock.Now().Sub(before); took != time.Minute {
				t.Errorf("it took %v", took)
			}
			want(t, h, "top", host.Stopping)
			must(t, h.Services.Kill(ctx, "top"))
			want(t, h, "top", host.Stopped)
		},
		"one that hangs ends with a context that somebody else ends": func(t *testing.T) {
			h := scripted(t, overlay.Script{Services: map[string]overlay.ServiceScript{"top": {HangOnStop: true}}})
			ended, cancel := context.WithCancelCause(ctx)
			cause := errors.New("the operator stopped it")
			var all sync.WaitGroup
			all.Go(func() { wantError(t, h.Services.Stop(ended, "top"), cause) })
			for state(t, h, "top") != host.Stopping {
				must(t, h.Clock.Sleep(ctx, time.Millisecond))
			}
			cancel(cause)
			all.Wait()
		},
		"a service that fails to stop runs on, one that fails to start does not": func(t *testing.T) {
			h := scripted(t, overlay.Script{Services: map[string]overlay.ServiceScript{
				"top": {FailOnStop: "store is busy"}, "off": {FailOnStart: "no licence"},
			}})
			if err := h.Services.Stop(ctx, "top"); err == nil || err.Error() != "stop service top: store is busy" {
				t.Errorf("got %v", err)
			}
			want(t, h, "top", host.Running)
			if h.Services.Start(ctx, "off") == nil {
				t.Error("it started")
			}
			want(t, h, "off", host.Failed)
		},
		"a service comes back by itself, with what it needs": func(t *testing.T) {
			h := scripted(t, overlay.Script{Services: map[string]overlay.ServiceScript{"top": {ComesBackAfter: 10 * time.Second}}})
			must(t, h.Services.Stop(ctx, "top"))
			must(t, h.Services.Stop(ctx, "base"))
			must(t, h.Clock.Sleep(ctx, 9*time.Second))
			want(t, h, "top", host.Stopped)
			must(t, h.Clock.Sleep(ctx, time.Second))
			want(t, h, "top", host.Running)
			want(t, h, "base", host.Running)
		},
		"unless it is held": func(t *testing.T) {
			h := scripted(t, overlay.Script{Services: map[string]overlay.ServiceScript{"top": {ComesBackAfter: 10 * time.Second}}})
			must(t, h.Services.Stop(ctx, "top"))
			must(t, h.Services.SetStart(ctx, "top", host.StartHeld))
			must(t, h.Clock.Sleep(ctx, time.Hour))
			want(t, h, "top", host.Stopped)
		},
		"a connection leaves by itself, another comes back": func(t *testing.T) {
			h := scripted(t, overlay.Script{Connections: map[string]overlay.ConnectionScript{
				"c1": {LeavesAfter: 10 * time.Second}, "c2": {ComesBackAfter: 2 * time.Second},
			}})
			ids := func(want ...string) {
				t.Helper()
				list, err := h.Connections.List(ctx)
				must(t, err)
				got := []string{}
				for _, c := range list {
					got = append(got, c.ID)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			}
			ids("c1", "c2")
			must(t, h.Connections.End(ctx, host.Connection{ID: "c2"}))
			ids("c1")
			must(t, h.Clock.Sleep(ctx, 2*time.Second))
			ids("c1", "c2+1")
			must(t, h.Connections.End(ctx, host.Connection{ID: "c2+1"}))
			must(t, h.Clock.Sleep(ctx, 8*time.Second))
			ids("c2+2")
		},
		"nobody comes back to a service that is stopped": func(t *testing.T) {
			h := scripted(t, overlay.Script{Connections: map[string]overlay.ConnectionScript{"c1": {ComesBackAfter: time.Second}}})
			must(t, h.Services.Stop(ctx, "top"))
			must(t, h.Clock.Sleep(ctx, time.Minute))
			list, err := h.Connections.List(ctx)
			must(t, err)
			if len(list) != 1 || list[0].ID != "c2" {
				t.Errorf("the connections are %+v", list)
			}
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// TestReboot shows what outlives a start of the machine.
func TestReboot(t *testing.T) {
	t.Parallel()
	w, ctx := open(t, busy), context.Background()
	must(t, w.host.Services.SetStart(ctx, "top", host.StartHeld))
	must(t, w.host.Services.Stop(ctx, "top"))
	must(t, w.host.Services.Start(ctx, "off"))
	must(t, w.overlay.Reboot(ctx))
	list, err := w.host.Services.List(ctx)
	must(t, err)
	for i, want := range []host.Service{
		{Name: "base", State: host.Running, Start: host.StartAuto, PID: 10},
		{Name: "off", State: host.Stopped, Start: host.StartManual},
		{Name: "top", State: host.Running, Start: host.StartAuto, PID: 20, DependsOn: []string{"base"}},
	} {
		if diff := cmp.Diff(want, list[i]); diff != "" {
			t.Error(diff)
		}
	}
	connections, err := w.host.Connections.List(ctx)
	must(t, err)
	processes, err := w.host.Processes.List(ctx)
	must(t, err)
	if len(connections) != 0 || len(processes) != 2 {
		t.Errorf("there are %+v and %+v", connections, processes)
	}
}
