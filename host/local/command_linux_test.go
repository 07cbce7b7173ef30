package local_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/host"
	"quiesce/host/local"
)

func run(t *testing.T, ctx context.Context, c host.Command) (host.CommandResult, error) {
	t.Helper()
	return local.New(&local.Digests{}).Commands.Run(ctx, c)
}

func shell(script string) host.Command { return host.Command{Argv: []string{"sh", "-c", script}} }

func TestRun(t *testing.T) {
	t.Parallel()
	for sentence, c := range map[string]struct {
		command host.Command
		want    host.CommandResult
	}{
		"output and error output":    {shell("echo out; echo err >&2"), host.CommandResult{Stdout: []byte("out\n"), Stderr: []byte("err\n")}},
		"another exit code":          {shell("exit 42"), host.CommandResult{Exit: 42}},
		"the end by a signal":        {shell("kill -KILL $$"), host.CommandResult{Exit: 128 + 9}},
		"no shell reads arguments":   {host.Command{Argv: []string{"echo", "$HOME; *"}}, host.CommandResult{Stdout: []byte("$HOME; *\n")}},
		"the working directory":      {host.Command{Argv: []string{"pwd"}, Dir: "/"}, host.CommandResult{Stdout: []byte("/\n")}},
		"variables that were given":  {host.Command{Argv: []string{"sh", "-c", "echo $A-$LANG"}, Env: map[string]string{"A": "b c", "LANG": "eo"}}, host.CommandResult{Stdout: []byte("b c-eo\n")}},
		"no input":                   {host.Command{Argv: []string{"cat"}}, host.CommandResult{}},
		"a process group of its own": {shell("test $(ps -o pgid= -p $$) -eq $$"), host.CommandResult{}},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			got, err := run(t, t.Context(), c.command)
			must(t, err)
			if diff := cmp.Diff(c.want, host.CommandResult{Exit: got.Exit, Stdout: orNil(got.Stdout), Stderr: orNil(got.Stderr)}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

func TestRunEnvironment(t *testing.T) {
	t.Setenv("QUIESCE_SECRET", "hunter2")
	got, err := run(t, t.Context(), host.Command{Argv: []string{"env"}})
	must(t, err)
	if strings.Contains(string(got.Stdout), "hunter2") {
		t.Errorf("a program sees all of Quiesce's environment:\n%s", got.Stdout)
	}
	if !strings.Contains(string(got.Stdout), "PATH=") {
		t.Errorf("a program has no PATH:\n%s", got.Stdout)
	}
}

func TestRunOutputLimit(t *testing.T) {
	t.Parallel()
	got, err := run(t, t.Context(), shell("seq 1 50000"))
	must(t, err)
	out := string(got.Stdout)
	if len(out) > 65<<10 || !strings.HasPrefix(out, "1\n2\n") || !strings.HasSuffix(out, "\n50000\n") {
		t.Errorf("kept %d bytes: %.20q … %q", len(out), out, out[len(out)-20:])
	}
	var dropped int
	_, note, found := strings.Cut(out, "\n[… ")
	if _, err := fmt.Sscanf(note, "%d bytes dropped …]", &dropped); !found || err != nil {
		t.Fatalf("there is no note of what was dropped: %v", err)
	}
	if total := len(out) - len(fmt.Sprintf("\n[… %d bytes dropped …]\n", dropped)) + dropped; total != 288894 {
		t.Errorf("%d bytes kept or dropped, of 288894", total)
	}
}

func TestRunFailure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "text"), "x")
	for sentence, c := range map[string]struct {
		command host.Command
		want    error
	}{
		"a program that is nowhere":          {host.Command{Argv: []string{"quiesce-no-such-program"}}, fs.ErrNotExist},
		"a path to nothing":                  {host.Command{Argv: []string{filepath.Join(dir, "none")}}, fs.ErrNotExist},
		"a file that is no program":          {host.Command{Argv: []string{filepath.Join(dir, "text")}}, fs.ErrPermission},
		"a working directory that is none":   {host.Command{Argv: []string{"true"}, Dir: filepath.Join(dir, "none")}, fs.ErrNotExist},
		"a working directory that is a file": {host.Command{Argv: []string{"true"}, Dir: filepath.Join(dir, "text")}, syscall.ENOTDIR},
		"no program":                         {host.Command{}, fs.ErrInvalid},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			got, err := run(t, t.Context(), c.command)
			if !errors.Is(err, c.want) {
				t.Errorf("Run: %+v, %v, want %v", got, err, c.want)
			}
		})
	}
	t.Run("errors do not show arguments", func(t *testing.T) {
		t.Parallel()
		_, err := run(t, t.Context(), host.Command{Argv: []string{"quiesce-no-such-program", "hunter2"}, Env: map[string]string{"PW": "hunter2"}})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Error(err)
		}
	})
}

// alive tells whether a process is there and not only waiting to be buried.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

// eventually waits until a condition holds, for ten seconds at most.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestRunEnds(t *testing.T) {
	t.Parallel()
	for sentence, script := range map[string]string{
		"a program and its child":                "sleep 600 & echo $! >child; wait",
		"a child that outlives its parent":       "sleep 600 >/dev/null 2>&1 & echo $! >child; sleep 600",
		"a child that will not be asked":         "sh -c 'trap \"\" TERM; echo $$ >child; while :; do sleep 600; done' & wait",
		"a program that will not be asked":       "trap '' TERM; sleep 600 & echo $! >child; while :; do wait; sleep 600; done",
		"a program that ends in its own fashion": "trap 'exit 0' TERM; sleep 600 & echo $! >child; wait",
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			reason := errors.New("the operator has pressed a key")
			ctx, cancel := context.WithCancelCause(t.Context())
			command := shell(script)
			command.Dir = dir
			done := make(chan error, 1)
			go func() {
				_, err := run(t, ctx, command)
				done <- err
			}()
			var child int
			eventually(t, "the child starts", func() bool {
				text, _ := os.ReadFile(filepath.Join(dir, "child"))
				pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
				child = pid
				return err == nil
			})
			cancel(reason)
			select {
			case err := <-done:
				if !errors.Is(err, reason) {
					t.Errorf("Run: %v, want the cause", err)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("Run does not return")
			}
			eventually(t, "the child ends", func() bool { return !alive(child) })
		})
	}
	t.Run("a context that has ended starts nothing", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		file := filepath.Join(t.TempDir(), "f")
		if _, err := run(t, ctx, host.Command{Argv: []string{"touch", file}}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	})
}

func TestRunLeavesServicesAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	command := shell("sleep 600 >/dev/null 2>&1 & echo $! >child; echo started")
	command.Dir = dir
	got, err := run(t, t.Context(), command)
	must(t, err)
	child, err := strconv.Atoi(strings.TrimSpace(content(filepath.Join(dir, "child"))))
	must(t, err)
	if got.Exit != 0 || string(got.Stdout) != "started\n" || !alive(child) {
		t.Errorf("%+v, and the service is alive: %v", got, alive(child))
	}
	must(t, syscall.Kill(child, syscall.SIGKILL))
}

// TestRunBusy starts a program that somebody writes: first for a moment, as
// golang/go#22315 has it, then for ever.
func TestRunBusy(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "program")
	copyOf(t, "true", program)
	writer, err := os.OpenFile(program, os.O_WRONLY, 0)
	must(t, err)
	if _, err := exec.Command(program).Output(); err == nil {
		must(t, writer.Close())
		t.Skip("this kernel starts programs that are open for writing")
	}
	_, err = run(t, t.Context(), host.Command{Argv: []string{program}})
	if !errors.Is(err, host.ErrInUse) || !errors.Is(err, syscall.ETXTBSY) {
		t.Errorf("Run of a busy program: %v", err)
	}
	closing := time.AfterFunc(30*time.Millisecond, func() { _ = writer.Close() })
	defer closing.Stop()
	if got, err := run(t, t.Context(), host.Command{Argv: []string{program}}); err != nil || got.Exit != 0 {
		t.Errorf("Run of a program that was busy: %+v, %v", got, err)
	}
}
