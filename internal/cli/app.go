package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/sirupsen/logrus"

	"quiesce/actions"
	"quiesce/actions/builtin"
	"quiesce/executor/runs"
	"quiesce/host/local"
	"quiesce/internal/report"
)

// app is what all commands share.
type app struct {
	Streams
	global     globalOptions
	interrupts interrupts
	secrets    *redactor
	log        *logrus.Logger
	logFile    io.Closer
	answers    *bufio.Reader
	private    map[string]bool // files whose lines are never shown
	told       bool            // the result was written
	digests    *local.Digests  // of files that were read
}

// globalOptions are the flags that stand everywhere.
type globalOptions struct {
	state     string
	logLevel  string
	logFormat string
	logFile   string
	noColour  bool
	quiet     bool
}

func newApp(s Streams) *app {
	return &app{Streams: s, secrets: &redactor{}, answers: bufio.NewReader(s.In), private: map[string]bool{}}
}

// outStyle and errStyle are how text is written on the two streams.
func (a *app) outStyle() report.Style { return a.style(a.OutTerminal, a.global.noColour) }
func (a *app) errStyle() report.Style { return a.style(a.ErrTerminal, a.global.noColour) }

// tell writes a remark on the standard error, unless it shall be quiet. Nobody
// is harmed if it cannot be written.
func (a *app) tell(format string, args ...any) {
	if !a.global.quiet {
		fmt.Fprintf(a.Err, format+"\n", args...)
	}
}

// registry makes the actions. It is made when it is needed: version and help
// need none.
func (a *app) registry() (*actions.Registry, error) {
	registry, err := builtin.Registry()
	if err != nil {
		return nil, fmt.Errorf("list the actions: %w", err)
	}
	return registry, nil
}

// store opens the state directory and makes it if it is not there.
func (a *app) store() (*runs.Store, error) {
	dir, err := a.stateDir()
	if err != nil {
		return nil, err
	}
	return runs.Open(dir)
}

// kept opens the state directory to look up runs. Looking makes no directory:
// if it is not there, there are no runs.
func (a *app) kept() (*runs.Store, error) {
	dir, err := a.stateDir()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: nothing was run yet with the state directory %s", runs.ErrNoRun, dir)
	}
	return runs.Open(dir)
}

// stateDir says where the state is kept.
func (a *app) stateDir() (string, error) {
	for _, dir := range []string{a.global.state, a.Getenv("QUIESCE_STATE")} {
		if dir != "" {
			return dir, nil
		}
	}
	if runtime.GOOS == "windows" {
		if data := a.Getenv("ProgramData"); data != "" {
			return filepath.Join(data, "quiesce"), nil
		}
	} else if os.Geteuid() == 0 {
		return "/var/lib/quiesce", nil
	}
	if state := a.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "quiesce"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", hinted(fmt.Errorf("choose a state directory: %w", err), "name one with --state DIR or QUIESCE_STATE")
	}
	return filepath.Join(home, ".local", "state", "quiesce"), nil
}

// userName is who runs the program, as far as it can be told.
func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}

// ask asks on the terminal and tells whether the answer is yes. It returns
// when ctx ends, too.
func (a *app) ask(ctx context.Context, question string) (bool, error) {
	fmt.Fprint(a.Err, question)
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := a.answers.ReadString('\n')
		answers <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.Err)
		return false, context.Cause(ctx)
	case got := <-answers:
		if got.err != nil && got.line == "" {
			fmt.Fprintln(a.Err)
			return false, fmt.Errorf("read the answer: %w", got.err)
		}
		return strings.EqualFold(strings.TrimSpace(got.line), "yes"), nil
	}
}
