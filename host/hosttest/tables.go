package hosttest

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"quiesce/host"
)

// serviceOf returns a service as it is now.
func serviceOf(t *testing.T, w World, name string) host.Service {
	t.Helper()
	list, err := w.Host.Services.List(context.Background())
	noError(t, err)
	i := slices.IndexFunc(list, func(s host.Service) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("there is no service %s", name)
	}
	return list[i]
}

// wantState reports a service that is in another state.
func wantState(t *testing.T, w World, name string, want host.ServiceState) {
	t.Helper()
	wantEqual(t, want, serviceOf(t, w, name).State)
}

func (s suite) services(t *testing.T) {
	s.servicesListed(t)
	s.servicesStart(t)
	s.servicesStop(t)
	s.servicesChange(t)
}

// servicesListed is about names and lists.
func (s suite) servicesListed(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"List returns every service, sorted by name": func(t *testing.T) {
			list, err := s.having(t, Services).Host.Services.List(t.Context())
			noError(t, err)
			wantEqual(t, Standard().Services[0], list[0])
			var names []string
			for _, v := range list {
				names = append(names, v.Name)
			}
			wantEqual(t, []string{"Base", "Forbidden", "Middle", "Off"}, names)
		},
		"an unknown name wraps fs.ErrNotExist": func(t *testing.T) {
			v := s.having(t, Services).Host.Services
			for _, err := range []error{
				v.Start(t.Context(), "None"), v.Stop(t.Context(), "None"), v.Kill(t.Context(), "None"), v.SetStart(t.Context(), "None", host.StartAuto),
			} {
				wantError(t, err, fs.ErrNotExist)
			}
		},
		"names compare as the flavour has it": func(t *testing.T) {
			w := s.having(t, Services)
			err := w.Host.Services.Stop(t.Context(), "MIDDLE")
			if w.Host.Facts.Flavour() == host.Windows {
				noError(t, err)
				wantState(t, w, "Middle", host.Stopped)
			} else {
				wantError(t, err, fs.ErrNotExist)
			}
		},
	})
}

// servicesStart is about starting.
func (s suite) servicesStart(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"Start starts a service and what it depends on": func(t *testing.T) {
			w := s.having(t, Services)
			noError(t, w.Host.Services.Stop(t.Context(), "Middle"))
			noError(t, w.Host.Services.Stop(t.Context(), "Base"))
			noError(t, w.Host.Services.Start(t.Context(), "Off"))
			for _, name := range []string{"Base", "Middle", "Off"} {
				wantState(t, w, name, host.Running)
			}
		},
		"of a running service Start does nothing": func(t *testing.T) {
			w := s.having(t, Services)
			before := serviceOf(t, w, "Base")
			noError(t, w.Host.Services.Start(t.Context(), "Base"))
			wantEqual(t, before, serviceOf(t, w, "Base"))
		},
		"a service that is disabled or held is not started": func(t *testing.T) {
			w := s.having(t, Services)
			if w.Host.Services.Start(t.Context(), "Forbidden") == nil {
				t.Error("it was started")
			}
			noError(t, w.Host.Services.SetStart(t.Context(), "Off", host.StartHeld))
			if w.Host.Services.Start(t.Context(), "Off") == nil {
				t.Error("it was started")
			}
			wantState(t, w, "Forbidden", host.Stopped)
			wantState(t, w, "Off", host.Stopped)
		},
	})
}

// servicesStop is about stopping.
func (s suite) servicesStop(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"Stop stops a service, and its process is gone": func(t *testing.T) {
			w := s.having(t, Services)
			noError(t, w.Host.Services.Stop(t.Context(), "Middle"))
			v := serviceOf(t, w, "Middle")
			wantEqual(t, host.Stopped, v.State)
			wantEqual(t, 0, v.PID)
			if !w.Lacking(Processes) {
				wantEqual(t, 0, len(processesWith(t, w, 420)))
			}
		},
		"of a stopped service Stop does nothing": func(t *testing.T) {
			w := s.having(t, Services)
			noError(t, w.Host.Services.Stop(t.Context(), "Off"))
			noError(t, w.Host.Services.Kill(t.Context(), "Off"))
			wantState(t, w, "Off", host.Stopped)
		},
		"while dependents run Stop changes nothing and wraps ErrDependents": func(t *testing.T) {
			w := s.having(t, Services)
			before, err := w.Host.Services.List(t.Context())
			noError(t, err)
			wantError(t, w.Host.Services.Stop(t.Context(), "Base"), host.ErrDependents)
			after, err := w.Host.Services.List(t.Context())
			noError(t, err)
			wantEqual(t, before, after)
		},
		"when ctx has ended its cause is returned": func(t *testing.T) {
			w := s.having(t, Services)
			ended, cancel := context.WithCancelCause(t.Context())
			cause := errors.New("the operator stopped it")
			cancel(cause)
			wantError(t, w.Host.Services.Stop(ended, "Middle"), cause)
			wantError(t, w.Host.Services.Start(ended, "Off"), cause)
			_, err := w.Host.Services.List(ended)
			wantError(t, err, cause)
			wantState(t, w, "Middle", host.Running)
		},
	})
}

// servicesChange is about killing and start types.
func (s suite) servicesChange(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"Kill ends a service": func(t *testing.T) {
			w := s.having(t, Services)
			noError(t, w.Host.Services.Kill(t.Context(), "Middle"))
			wantState(t, w, "Middle", host.Stopped)
		},
		"SetStart changes the start type, and what runs goes on": func(t *testing.T) {
			w := s.having(t, Services)
			held := host.StartHeld
			if w.Host.Facts.Flavour() == host.Windows {
				held = host.StartDisabled // which knows no holding
			}
			for set, want := range map[host.StartType]host.StartType{
				host.StartAuto: host.StartAuto, host.StartManual: host.StartManual,
				host.StartDisabled: host.StartDisabled, host.StartHeld: held,
			} {
				noError(t, w.Host.Services.SetStart(t.Context(), "Base", set))
				v := serviceOf(t, w, "Base")
				wantEqual(t, want, v.Start)
				wantEqual(t, host.Running, v.State)
			}
		},
		"a list is the caller's own": func(t *testing.T) {
			w := s.having(t, Services)
			list, err := w.Host.Services.List(t.Context())
			noError(t, err)
			list[0].State = host.Failed
			wantState(t, w, "Base", host.Running)
		},
	})
}

func processesWith(t *testing.T, w World, pid int) []host.Process {
	t.Helper()
	list, err := w.Host.Processes.List(context.Background())
	noError(t, err)
	return slices.DeleteFunc(list, func(p host.Process) bool { return p.PID != pid })
}

func (s suite) processes(t *testing.T) {
	ctx := context.Background()
	open := func(t *testing.T) World { return s.having(t, Processes) }
	sentences(t, map[string]func(*testing.T){
		"List returns every process, sorted by process id": func(t *testing.T) {
			list, err := open(t).Host.Processes.List(ctx)
			noError(t, err)
			var pids []int
			for _, p := range list {
				pids = append(pids, p.PID)
			}
			wantEqual(t, []int{410, 420, 430}, pids)
			wantEqual(t, "Middle", list[1].Service)
			wantEqual(t, "admin", list[2].User)
		},
		"End ends a process, and once is enough": func(t *testing.T) {
			w := open(t)
			p := processesWith(t, w, 430)[0]
			noError(t, w.Host.Processes.End(ctx, p))
			noError(t, w.Host.Processes.End(ctx, p))
			wantEqual(t, 0, len(processesWith(t, w, 430)))
		},
		"if the id belongs to another by now, ErrChanged": func(t *testing.T) {
			w := open(t)
			p := processesWith(t, w, 430)[0]
			p.Started = p.Started.Add(-time.Hour)
			wantError(t, w.Host.Processes.End(ctx, p), host.ErrChanged)
			wantEqual(t, 1, len(processesWith(t, w, 430)))
		},
		"a service whose process is ended does not run": func(t *testing.T) {
			w := s.having(t, Services)
			noError(t, w.Host.Processes.End(ctx, processesWith(t, w, 420)[0]))
			wantEqual(t, host.Failed, serviceOf(t, w, "Middle").State)
		},
	})
}

func connectionIDs(t *testing.T, w World) []string {
	t.Helper()
	list, err := w.Host.Connections.List(context.Background())
	noError(t, err)
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids
}

func (s suite) connections(t *testing.T) {
	ctx := context.Background()
	open := func(t *testing.T) World { return s.having(t, Connections) }
	fixed := Standard().Connections
	sentences(t, map[string]func(*testing.T){
		"List is sorted by protocol, local and remote address, and ID": func(t *testing.T) {
			w := open(t)
			wantEqual(t, []string{"c4", "c2", "c1", "c3"}, connectionIDs(t, w))
			list, err := w.Host.Connections.List(ctx)
			noError(t, err)
			wantEqual(t, fixed[0], list[2])
		},
		"End ends this very connection, and once is enough": func(t *testing.T) {
			w := open(t)
			noError(t, w.Host.Connections.End(ctx, fixed[0]))
			noError(t, w.Host.Connections.End(ctx, fixed[0]))
			noError(t, w.Host.Connections.End(ctx, fixed[3]))
			wantEqual(t, []string{"c2", "c3"}, connectionIDs(t, w))
		},
		"one with Own set is refused with fs.ErrPermission": func(t *testing.T) {
			w := open(t)
			wantError(t, w.Host.Connections.End(ctx, fixed[1]), fs.ErrPermission)
			wantEqual(t, 4, len(connectionIDs(t, w)))
		},
		"a peer by UDP has nothing to end": func(t *testing.T) {
			w := open(t)
			wantUnsupported(t, "end of a peer by UDP", w.Host.Connections.End(ctx, fixed[2]))
			wantEqual(t, 4, len(connectionIDs(t, w)))
		},
		"connections end with their service": func(t *testing.T) {
			w := s.having(t, Services)
			noError(t, w.Host.Services.Stop(ctx, "Middle"))
			wantEqual(t, []string{"c4", "c2", "c3"}, connectionIDs(t, w))
		},
	})
}

func (s suite) monitors(t *testing.T) {
	ctx := context.Background()
	open := func(t *testing.T) World { return s.having(t, Monitors) }
	silenced := func(t *testing.T, w World, id string, want bool) {
		t.Helper()
		is, err := w.Host.Monitors.Silenced(ctx, "alerts:9093", id)
		noError(t, err)
		wantEqual(t, want, is)
	}
	silence := func(t *testing.T, w World) string {
		t.Helper()
		id, err := w.Host.Monitors.Silence(ctx, host.Silence{Server: "alerts:9093", Comment: "patching", Duration: time.Hour})
		noError(t, err)
		return id
	}
	sentences(t, map[string]func(*testing.T){
		"Watchers are sorted by monitor and evidence": func(t *testing.T) {
			list, err := open(t).Host.Monitors.Watchers(ctx)
			noError(t, err)
			fixed := Standard().Watchers
			wantEqual(t, []host.Watcher{fixed[1], fixed[0]}, list)
		},
		"a watcher whose process has ended watches no more": func(t *testing.T) {
			w := open(t)
			noError(t, w.Host.Processes.End(ctx, processesWith(t, w, 430)[0]))
			list, err := w.Host.Monitors.Watchers(ctx)
			noError(t, err)
			wantEqual(t, Standard().Watchers[:1], list)
		},
		"Silence opens a silence": func(t *testing.T) {
			w := open(t)
			one, two := silence(t, w), silence(t, w)
			if one == two || one == "" {
				t.Errorf("two silences are called %q and %q", one, two)
			}
			silenced(t, w, one, true)
			silenced(t, w, "none", false)
		},
		"Lift ends one early, and once is enough": func(t *testing.T) {
			w := open(t)
			id := silence(t, w)
			noError(t, w.Host.Monitors.Lift(ctx, "alerts:9093", id))
			silenced(t, w, id, false)
			noError(t, w.Host.Monitors.Lift(ctx, "alerts:9093", id))
			noError(t, w.Host.Monitors.Lift(ctx, "alerts:9093", "none"))
		},
		"a silence ends by itself": func(t *testing.T) {
			w := open(t)
			if !w.Host.Traits.Volatile {
				t.Skip("the host's clock is real")
			}
			id := silence(t, w)
			noError(t, w.Host.Clock.Sleep(ctx, 2*time.Hour))
			silenced(t, w, id, false)
		},
	})
}
