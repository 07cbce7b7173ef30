package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// limit is how long a script waits for anything.
const limit = 30 * time.Second

type jobsKey struct{}

// jobs are the programs of a script that run beside it, by name.
type jobs map[string]*exec.Cmd

func jobOf(ts *testscript.TestScript, name string) *exec.Cmd {
	cmd, ok := ts.Value(jobsKey{}).(jobs)[name]
	if !ok {
		ts.Fatalf("no job %s was started", name)
	}
	return cmd
}

func wants(ts *testscript.TestScript, neg bool, args []string, least int, form string) {
	if neg || len(args) < least {
		ts.Fatalf("the form is %s", form)
	}
}

// code runs a program and wants exactly this exit code.
func code(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "code CODE PROGRAM [ARGUMENT...]")
	check(ts, args[0], ts.Exec(args[1], args[2:]...))
}

func check(ts *testscript.TestScript, want string, err error) {
	got := "0"
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = strconv.Itoa(exit.ExitCode())
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %s, not %s", got, want)
	}
}

// start runs a program beside the script; what it writes is in NAME.out and
// NAME.err.
func start(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "start NAME PROGRAM [ARGUMENT...]")
	name := args[0]
	cmd := exec.Command(lookPath(ts, args[1]), args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, key := range []string{"PATH", "HOME", "LANG", "GORACE", "QUIESCE_STATE", "TMPDIR", "WORK"} {
		cmd.Env = append(cmd.Env, key+"="+ts.Getenv(key))
	}
	cmd.Stdout, cmd.Stderr = output(ts, name+".out"), output(ts, name+".err")
	ts.Check(cmd.Start())
	ts.Value(jobsKey{}).(jobs)[name] = cmd
	ts.Defer(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill() // the script has failed
			_ = cmd.Wait()
		}
	})
}

func output(ts *testscript.TestScript, name string) *os.File {
	f, err := os.Create(ts.MkAbs(name))
	ts.Check(err)
	ts.Defer(func() { _ = f.Close() })
	return f
}

func lookPath(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path := filepath.Join(dir, name); executable(path) {
			return path
		}
	}
	ts.Fatalf("no program %s", name)
	return ""
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// await waits until a file is there, and has a text.
func await(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 1, "await FILE [TEXT]")
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && (len(args) == 1 || strings.Contains(string(data), args[1])) {
			return
		}
	}
	ts.Fatalf("%s did not come", strings.Join(args, " with "))
}

// sendSignal sends INT, TERM or KILL to a program that was started.
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "signal NAME SIGNAL")
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}
	ts.Check(jobOf(ts, args[0]).Process.Signal(signals[args[1]]))
}

// ended waits for a program that was started, and wants an exit code: -1 if a
// signal ended it.
func ended(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "ended NAME CODE")
	cmd := jobOf(ts, args[0])
	timer := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	ts.Logf("%s", ts.ReadFile(args[0]+".out")+ts.ReadFile(args[0]+".err"))
	check(ts, args[1], err)
}

// setDate gives files a date, for git keeps none.
func setDate(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "date DATE FILE...")
	at, err := time.Parse(time.RFC3339, args[0])
	ts.Check(err)
	for _, name := range args[1:] {
		ts.Check(os.Chtimes(ts.MkAbs(name), at, at))
	}
}

// scrub copies a text without what differs from run to run.
func scrub(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "scrub FROM TO")
	text := strings.ReplaceAll(ts.ReadFile(args[0]), ts.Getenv("WORK"), "WORK")
	for _, r := range []struct{ pattern, by string }{
		{`sha256:[0-9a-f]{12,}`, "sha256:DIGEST"},
		{`\d{8}-\d{6}-\d{6}`, "RUN"},
		{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ by \S+`, "TIME by USER"},
		{`(started|ended) +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`, "$1  TIME"},
		{`\d+\.\d s\b`, "0.0 s"},
	} {
		text = regexp.MustCompile(r.pattern).ReplaceAllString(text, r.by)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

// lacks wants that no file below a directory has a text, and that there is one.
func lacks(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "lacks DIRECTORY TEXT")
	files := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err == nil && bytes.Contains(data, []byte(args[1])) {
			err = fmt.Errorf("%s has the text %s", path, args[1])
		}
		return err
	}))
	if files == 0 {
		ts.Fatalf("there is no file below %s", args[0])
	}
}

// wantMode wants that a file has a mode.
func wantMode(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "mode MODE FILE")
	info, err := os.Lstat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has the mode %s, not %s", args[1], got, args[0])
	}
}
