package command_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/actions/actiontest"
	"quiesce/actions/command"
	"quiesce/host"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	plan := func(t *testing.T, s actiontest.Step) actions.Proposal {
		return actiontest.NewBench(t, app, command.Family()).Plan(t, s)
	}
	t.Run("a change says what runs, how it is taken back, and no secret", func(t *testing.T) {
		t.Parallel()
		p := plan(t, run(map[string]any{
			"command": argv("a b", "", "${{ inputs.password }}"), "undo": argv("down"),
			"env": map[string]any{"PW": "${{ inputs.password }}"}, "timeout": time.Minute,
		}))
		want := actions.Change{
			Kind: "command.run", Subject: `/opt/app/migrate "a b" "" ${{ inputs.password }}`, Fidelity: actions.Opaque,
			Reason: "what it changes is not known", Undo: "runs /opt/app/migrate down",
			With: json.RawMessage(`{"command":["/opt/app/migrate","a b","","${{ inputs.password }}"],` +
				`"undo":["/opt/app/migrate","down"],"env":{"PW":"${{ inputs.password }}"},"expect-exit":[0],"timeout":"1m0s"}`),
		}
		if diff := cmp.Diff([]actions.Change{want}, p.Changes); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("without undo it is irreversible, if the step says so", func(t *testing.T) {
		t.Parallel()
		s := run(map[string]any{"command": argv("up")})
		s.Irreversible = true
		if p := plan(t, s); len(p.Changes) != 1 || !p.Changes[0].Irreversible || p.Changes[0].Undo != "" {
			t.Errorf("got %+v", p.Changes)
		}
	})
	t.Run("mistakes are findings, all of them", func(t *testing.T) {
		t.Parallel()
		want := []string{
			"error dir relative-path: app is no absolute directory on linux (write it from the root on)",
			"error command no-program: command names no program (the first word is the program)",
			`error command no-undo: nobody knows how to take "" back (write undo: [program, arguments], or irreversible: true at the step)`,
		}
		got := actiontest.Lines(plan(t, run(map[string]any{"command": []any{""}, "dir": "app"})))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestApply(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		with map[string]any
		want string // "" is success
	}{
		{"an exit code that is expected is success", map[string]any{"command": argv("three"), "expect-exit": []any{0, 3}}, ""},
		{
			"another one fails with the last lines of the output, and without secrets", map[string]any{"command": argv("broken", "${{ inputs.password }}")},
			"run /opt/app/migrate broken ${{ inputs.password }}: exit code 1, expected 0: line 2\nline 3\nline 4\nline 5\nwrong password ***",
		},
		{"no output is said", map[string]any{"command": argv("silent"), "expect-exit": []any{0, 3}}, "run /opt/app/migrate silent: exit code 1, expected 0 or 3: no output"},
		{"what went to standard output counts if nothing else is there", map[string]any{"command": argv("said")}, "run /opt/app/migrate said: exit code 1, expected 0: only this"},
		{
			"a program that takes too long is ended", map[string]any{"command": argv("slow"), "timeout": time.Minute},
			"run /opt/app/migrate slow: it did not end within 1m0s, and was ended",
		},
		{"a secret without a value is an error", map[string]any{"command": argv("${{ inputs.other }}")}, "inputs.other is no secret input that has a value"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := actiontest.NewBench(t, app, command.Family())
			test.with["undo"] = argv("down")
			play := b.Prepare(t, run(test.with))
			b.Env.Secrets = map[string]string{"password": "hunter2"}
			err := play.Apply(t.Context())
			switch {
			case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v", err)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

func TestSecretInHostError(t *testing.T) {
	t.Parallel()
	b := actiontest.NewBench(t, app, command.Family())
	play := b.Prepare(t, run(map[string]any{"command": []any{"/opt/${{ inputs.password }}"}, "undo": argv("down")}))
	b.Env.Secrets = map[string]string{"password": "hunter2"}
	err := play.Apply(t.Context())
	if !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

// counting counts runs, and can fail.
type counting struct {
	host.Commands
	runs []string
	fail error
}

func (c *counting) Run(ctx context.Context, cmd host.Command) (host.CommandResult, error) {
	c.runs = append(c.runs, strings.Join(cmd.Argv[1:], " "))
	if c.fail != nil {
		return host.CommandResult{}, c.fail
	}
	return c.Commands.Run(ctx, cmd)
}

func count(b *actiontest.Bench) *counting {
	h := b.Memory.Host()
	c := &counting{Commands: h.Commands}
	h.Commands = c
	b.Use(h)
	return c
}

func TestPhases(t *testing.T) {
	t.Parallel()
	step := run(map[string]any{"command": argv("up"), "undo": argv("down")})
	prepare := func(t *testing.T, s actiontest.Step) (*actiontest.Play, *counting) {
		b := actiontest.NewBench(t, app, command.Family())
		c := count(b)
		return b.Prepare(t, s), c
	}
	runs := func(t *testing.T, c *counting, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, c.runs); diff != "" {
			t.Errorf("ran (-want +got)\n%s", diff)
		}
	}
	ctx := context.Background()
	t.Run("it runs once, and its undo once", func(t *testing.T) {
		t.Parallel()
		play, c := prepare(t, step)
		for _, do := range []func(context.Context) error{play.Undo, play.Apply, play.Apply, play.Undo, play.Undo} {
			if err := do(ctx); err != nil {
				t.Error(err)
			}
		}
		runs(t, c, "up", "down")
	})
	t.Run("one that was started and not seen to end is a conflict, and can be undone", func(t *testing.T) {
		t.Parallel()
		play, c := prepare(t, step)
		play.Crash(t, func() { _ = play.Apply(ctx) })
		for subject, state := range play.Inspect(t) {
			if !strings.HasPrefix(state, "conflict: it was started and not seen to end") {
				t.Errorf("%s is %s", subject, state)
			}
		}
		if err := play.Apply(ctx); !actiontest.IsConflict(err) {
			t.Errorf("apply returned %v", err)
		}
		if err := play.Undo(ctx); err != nil {
			t.Error(err)
		}
		runs(t, c, "up", "down")
	})
	t.Run("one that failed may run again, and is undone", func(t *testing.T) {
		t.Parallel()
		play, c := prepare(t, run(map[string]any{"command": argv("silent"), "undo": argv("down")}))
		for range 2 {
			if err := play.Apply(ctx); err == nil {
				t.Error("it did not fail")
			}
		}
		if err := play.Undo(ctx); err != nil {
			t.Error(err)
		}
		runs(t, c, "silent", "silent", "down")
	})
	t.Run("one that could not be started is not undone", func(t *testing.T) {
		t.Parallel()
		play, c := prepare(t, step)
		c.fail = fmt.Errorf("%w: %w", host.ErrNotStarted, syscall.ENOEXEC)
		if err := play.Apply(ctx); !errors.Is(err, syscall.ENOEXEC) {
			t.Errorf("got %v", err)
		}
		c.fail = nil
		if err := play.Undo(ctx); err != nil {
			t.Error(err)
		}
		runs(t, c, "up")
	})
	t.Run("one that could not be started is not done, though it is irreversible", func(t *testing.T) {
		t.Parallel()
		s := run(map[string]any{"command": argv("up")})
		s.Irreversible = true
		play, c := prepare(t, s)
		c.fail = fmt.Errorf("%w: %w", host.ErrNotStarted, syscall.ENOEXEC)
		if err := play.Apply(ctx); err == nil {
			t.Error("it was started")
		}
		for subject, state := range play.Inspect(t) {
			if state != "not done" {
				t.Errorf("%s is %s", subject, state)
			}
		}
		if err := play.Undo(ctx); err != nil {
			t.Error(err)
		}
		runs(t, c, "up")
	})
	t.Run("an undo that fails is an error, and can be repeated", func(t *testing.T) {
		t.Parallel()
		play, c := prepare(t, step)
		if err := play.Apply(ctx); err != nil {
			t.Fatal(err)
		}
		c.fail = errors.New("no")
		if err := play.Undo(ctx); err == nil {
			t.Error("undo succeeded")
		}
		c.fail = nil
		if err := play.Undo(ctx); err != nil {
			t.Error(err)
		}
		runs(t, c, "up", "down", "down")
	})
	t.Run("what is irreversible says so", func(t *testing.T) {
		t.Parallel()
		s := run(map[string]any{"command": argv("up")})
		s.Irreversible = true
		play, c := prepare(t, s)
		if err := play.Undo(ctx); err != nil {
			t.Errorf("undo before apply: %v", err)
		}
		if err := play.Apply(ctx); err != nil {
			t.Fatal(err)
		}
		if err := play.Undo(ctx); err == nil || !strings.Contains(err.Error(), "it has no undo and is irreversible") {
			t.Errorf("got %v", err)
		}
		runs(t, c, "up")
	})
}
