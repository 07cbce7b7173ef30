package connection_test

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
	"quiesce/actions/connection"
	"quiesce/host"
)

func TestPlanSaysThatNothingIsUndone(t *testing.T) {
	t.Parallel()
	p := actiontest.NewBench(t, mail, connection.Family()).Plan(t, sel("mail-clients", "snmp"))
	for _, c := range p.Changes {
		if !strings.HasPrefix(c.Undo, actions.NoUndo) {
			t.Errorf("%s is undone by %q", c.Subject, c.Undo)
		}
	}
	if len(p.Changes) != 2 {
		t.Errorf("got %v", actiontest.Lines(p))
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		step actiontest.Step
		want []string
	}{
		{
			"each item is a change that says how many it matches and which",
			sel("mail-clients", "snmp", "user-manager", map[string]any{"client": "10.0.0.2?"}),
			[]string{
				"connection.end mail-clients: 3 now: 10.0.0.10:4012 (tcp 110, store.exe), 10.0.0.9:4011 (tcp 110, store.exe), 10.0.0.11:4013 LAPTOP7 (tcp 143, store.exe)",
				"connection.end snmp: none now",
				`connection.end user-manager: 1 now: MGMT01 (pipe \PIPE\samr)`,
				"connection.end client 10.0.0.2?: 1 now: 10.0.0.21:5001 BACKUP1 (tcp 1433); 1 of your own left alone",
			},
		},
		{
			"what is excepted is not matched, and an item that comes twice is one",
			actiontest.Step{Action: "end-connections", With: map[string]any{
				"select": []any{map[string]any{"protocol": "tcp"}, map[string]any{"protocol": "tcp"}},
				"except": []any{map[string]any{"service": "MSExchangeIS"}},
			}},
			[]string{"connection.end tcp: 1 now: 10.0.0.21:5001 BACKUP1 (tcp 1433); 1 of your own left alone"},
		},
		{
			"many are counted, and the first named",
			sel(map[string]any{"protocol": "tcp"}),
			[]string{"connection.end tcp: 4 now: 10.0.0.10:4012 (tcp 110, store.exe), 10.0.0.9:4011 (tcp 110, store.exe), 10.0.0.11:4013 LAPTOP7 (tcp 143, store.exe), and 1 more; 1 of your own left alone"},
		},
		{
			"what can match nothing is refused",
			sel(map[string]any{"port": 70000}, map[string]any{"protocol": "pipe", "port": 1}, map[string]any{"client": "a["}),
			[]string{
				"error select bad-port: 70000 is no port (ports go from 1 to 65535)",
				"error select bad-port: a pipe has no port (leave out port or protocol)",
				`error select bad-glob: "a[" is not a glob (close every [ and {)`,
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := actiontest.NewBench(t, mail, connection.Family())
			if diff := cmp.Diff(test.want, actiontest.Lines(b.Plan(t, test.step))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	t.Run("the output names each client once", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, mail, connection.Family())
		got := b.Plan(t, sel("mail-clients", map[string]any{"port": 110}, map[string]any{"client": "BACKUP1"})).Outputs["ended"]
		want := []any{"10.0.0.10:4012", "10.0.0.9:4011", "10.0.0.11:4013 LAPTOP7", "10.0.0.21:5001 BACKUP1"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// watched notes what is ended.
type watched struct {
	host.Connections
	ended []string
}

func (w *watched) End(ctx context.Context, c host.Connection) error {
	w.ended = append(w.ended, c.Protocol+" "+c.Remote)
	return w.Connections.End(ctx, c)
}

func watch(b *actiontest.Bench) *watched {
	h := b.Memory.Host()
	w := &watched{Connections: h.Connections}
	h.Connections = w
	b.Use(h)
	return w
}

func TestApply(t *testing.T) {
	t.Parallel()
	elapsed := func(b *actiontest.Bench, since time.Time) time.Duration {
		return b.Memory.Host().Clock.Now().Sub(since)
	}
	t.Run("who leaves within the grace is not ended, and grace ends when all have left", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, mail, connection.Family())
		w, began := watch(b), b.Memory.Host().Clock.Now()
		if err := b.Prepare(t, sel(map[string]any{"client": "10.0.0.10"})).Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(w.ended) > 0 {
			t.Errorf("ended %v", w.ended)
		}
		if got := elapsed(b, began); got != 15*time.Second { // until it left, and then settle
			t.Errorf("took %s", got)
		}
	})
	t.Run("who stays is ended after the grace", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, mail, connection.Family())
		w, began := watch(b), b.Memory.Host().Clock.Now()
		if err := b.Prepare(t, sel(map[string]any{"port": 110})).Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"tcp 10.0.0.9:4011"}, w.ended); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got := elapsed(b, began); got != 35*time.Second {
			t.Errorf("took %s", got)
		}
	})
	t.Run("who comes back is ended a few times, and then named", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, mail, connection.Family())
		w := watch(b)
		err := b.Prepare(t, sel(map[string]any{"port": 143})).Apply(t.Context())
		if err == nil || !strings.Contains(err.Error(), "came back each of the 3 times that they were ended: 10.0.0.11:4013 LAPTOP7") {
			t.Errorf("got %v", err)
		}
		if len(w.ended) != 3 {
			t.Errorf("ended %v", w.ended)
		}
	})
	t.Run("the operator's own session is never ended", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, mail, connection.Family())
		w := watch(b)
		if err := b.Prepare(t, sel(map[string]any{"port": 3389})).Apply(t.Context()); err != nil || len(w.ended) > 0 {
			t.Errorf("error %v, ended %v", err, w.ended)
		}
	})
	t.Run("what cannot be ended fails before anything was ended", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, mail+"  - {name: '\\PIPE\\spoolss', client: X}\n", connection.Family())
		h := b.Memory.Host()
		udp := host.Connection{ID: "u", Protocol: host.UDP, Local: "10.0.0.5:161", Remote: "10.0.0.30:999", Port: 161, Process: "snmp.exe"}
		h.Connections = &peer{h.Connections, udp}
		b.Use(h)
		w := &watched{Connections: h.Connections}
		h.Connections = w
		b.Use(h)
		err := b.Prepare(t, sel("snmp", map[string]any{"client": "*"})).Apply(t.Context())
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "10.0.0.30:999 (udp 161, snmp.exe) cannot be ended on its own; stop the service") {
			t.Errorf("got %v", err)
		}
		if diff := cmp.Diff([]string{"udp 10.0.0.30:999"}, w.ended); diff != "" {
			t.Errorf("tried (-want +got)\n%s", diff)
		}
	})
	t.Run("a context that ends during the grace stops it", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, mail, connection.Family())
		w := watch(b)
		ctx, cancel := b.Memory.Host().Clock.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err := b.Prepare(t, sel(map[string]any{"port": 110})).Apply(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || len(w.ended) > 0 {
			t.Errorf("error %v, ended %v", err, w.ended)
		}
	})
}

// peer adds a peer that cannot be ended.
type peer struct {
	host.Connections
	extra host.Connection
}

func (p *peer) List(ctx context.Context) ([]host.Connection, error) {
	list, err := p.Connections.List(ctx)
	return append(list, p.extra), err
}

func (p *peer) End(ctx context.Context, c host.Connection) error {
	if c.ID == p.extra.ID {
		return errors.ErrUnsupported
	}
	return p.Connections.End(ctx, c)
}

// TestKnown compares the table of the guide with the one of the program.
func TestKnown(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/end-connections.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range connection.Rows() {
		if !strings.Contains(string(guide), row+"\n") {
			t.Errorf("the guide lacks the row\n%s", row)
		}
	}
}
