package cli_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"quiesce/internal/cli"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"quiesce": func() { os.Exit(cli.Main(os.Args)) },
	})
}

// TestScripts runs the sessions of fixtures/cli with the real main.
func TestScripts(t *testing.T) {
	t.Parallel()
	fixtures, err := filepath.Abs("../../fixtures")
	if err != nil {
		t.Fatal(err)
	}
	// A folder without scripts is a failure of testscript.
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(fixtures, "cli"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("FIXTURES", fixtures)
			env.Setenv("QUIESCE_STATE", filepath.Join(env.WorkDir, "state"))
			env.Setenv("LANG", "C.UTF-8")
			// A program built with -race lingers for a second otherwise.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Values[jobsKey{}] = jobs{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":   code,
			"start":  start,
			"await":  await,
			"signal": sendSignal,
			"ended":  ended,
			"date":   setDate,
			"scrub":  scrub,
			"lacks":  lacks,
			"mode":   wantMode,
		},
		Condition: condition,
	})
}

// condition tells what the machine of the test is like.
func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "mounts":
		err := exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt").Run()
		if err != nil && os.Getenv("CI") != "" {
			return false, fmt.Errorf("mount a file system of our own, which CI must let us: %w", err)
		}
		return err == nil, nil
	}
	return false, fmt.Errorf("the condition %q is unknown", name)
}
