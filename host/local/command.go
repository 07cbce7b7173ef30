package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"quiesce/host"
)

const (
	// termGrace is how long a program has between being asked to end and being
	// killed.
	termGrace = 3 * time.Second
	// pipeDelay is how long the output of a program that has ended is waited
	// for; a service that it started may hold it open for ever.
	pipeDelay = 5 * time.Second
	// busyTries and busyPause are how often and how far apart a program is
	// started that somebody has open for writing. Often that is a child of this
	// process which has not yet become its own program (golang/go#22315).
	busyTries = 10
	busyPause = 20 * time.Millisecond
)

// commands implements host.Commands.
//
// A program has its own process group, no input, the variables of inherited
// besides those it is given, and is looked up in Quiesce's own PATH. One that a
// signal ended has the exit code 128 + signal, as a shell says it.
type commands struct {
	grace, delay time.Duration
}

// Run implements host.Commands. Errors name the program, never its arguments,
// which may hold secrets.
func (c commands) Run(ctx context.Context, command host.Command) (host.CommandResult, error) {
	if len(command.Argv) == 0 {
		return host.CommandResult{}, &host.OpError{Op: "run", Subject: "command", Err: &fault{host.ErrNotStarted, fs.ErrInvalid}}
	}
	fail := func(err error) error {
		return &host.OpError{Op: "run", Subject: command.Argv[0], Err: meaning(err)}
	}
	// The thread that starts the program must last as long: see endWithParent.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p, err := c.start(ctx, command)
	if err != nil {
		return host.CommandResult{}, fail(&fault{host.ErrNotStarted, err})
	}
	err = p.cmd.Wait()
	result := host.CommandResult{Exit: exitCode(p.cmd.ProcessState), Stdout: p.stdout.bytes(), Stderr: p.stderr.bytes()}
	var exit *exec.ExitError
	switch {
	case p.kill != nil:
		p.kill.Stop()
		return result, fail(errors.Join(context.Cause(ctx), endGroup(p.cmd.Process.Pid)))
	case errors.Is(err, exec.ErrWaitDelay):
		result.Stderr = append(result.Stderr, "\n[a child of the program keeps its output open; what it writes from now on is lost]\n"...)
	case err != nil && !errors.As(err, &exit):
		return result, fail(err)
	}
	return result, nil
}

// program is one that was started.
type program struct {
	cmd            *exec.Cmd
	stdout, stderr output
	kill           *time.Timer // set when it was asked to end
}

func (c commands) start(ctx context.Context, command host.Command) (*program, error) {
	if err := checkDir(command.Dir); err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		p := c.prepare(ctx, command)
		err := p.cmd.Start()
		if err == nil {
			return p, nil
		}
		if errors.Is(err, exec.ErrNotFound) {
			return nil, fmt.Errorf("it is not in %s: %w", os.Getenv("PATH"), fs.ErrNotExist)
		}
		if !errors.Is(err, errTextBusy) || try == busyTries {
			return nil, cause(err)
		}
		if err := (host.SystemClock{}).Sleep(ctx, busyPause); err != nil {
			return nil, err
		}
	}
}

// prepare makes a program that is asked to end when ctx ends, and killed with
// its children when it does not.
func (c commands) prepare(ctx context.Context, command host.Command) *program {
	p := &program{cmd: exec.CommandContext(ctx, command.Argv[0], command.Argv[1:]...)}
	p.cmd.Dir = command.Dir
	p.cmd.Env = environment(command.Env)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.cmd.WaitDelay = c.delay
	ownGroup(p.cmd)
	endWithParent(p.cmd)
	p.cmd.Cancel = func() error {
		if err := askGroup(p.cmd.Process.Pid); err != nil {
			return err
		}
		p.kill = time.AfterFunc(c.grace, func() {
			_ = endGroup(p.cmd.Process.Pid) // Run does it once more, and reports
		})
		return nil
	}
	return p
}

// checkDir says of a missing working directory that it is missing; exec would
// blame the program.
func checkDir(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("in its directory: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("in its directory: %w", &fs.PathError{Op: "enter", Path: dir, Err: errNotDirectory})
	}
	return nil
}

// environment returns the variables of a program, sorted.
func environment(added map[string]string) []string {
	variables := map[string]string{"PATH": defaultPath}
	for _, name := range inherited() {
		if value, ok := os.LookupEnv(name); ok {
			variables[name] = value
		}
	}
	for name, value := range added {
		variables[name] = value
	}
	list := make([]string, 0, len(variables))
	for name, value := range variables {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}
