package local_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"quiesce/host/local"
)

// pidFile names the variable that makes this test program run a command for
// TestRunEndsWithParent.
const pidFile = "QUIESCE_TEST_PID_FILE"

func TestMain(m *testing.M) {
	if file := os.Getenv(pidFile); file != "" {
		deadline := time.AfterFunc(time.Minute, func() { os.Exit(3) })
		defer deadline.Stop()
		runAsParent(file)
		return
	}
	os.Exit(m.Run())
}

// runAsParent runs a command that writes its process id to file and does not
// end.
func runAsParent(file string) {
	command := shell(`echo $$ >"$FILE.new" && mv "$FILE.new" "$FILE" && exec sleep 600`)
	command.Env = map[string]string{"FILE": file}
	if _, err := local.New(&local.Digests{}).Commands.Run(context.Background(), command); err != nil {
		os.Exit(1)
	}
}

func TestRunEndsWithParent(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), pidFile+"="+file)
	must(t, parent.Start())
	pid := 0
	eventually(t, "the command starts", func() bool {
		text, _ := os.ReadFile(file)
		var err error
		pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
	if !alive(pid) {
		t.Fatal("the command ends before its parent")
	}
	must(t, parent.Process.Kill())
	_ = parent.Wait() // it was killed
	eventually(t, "the command ends", func() bool { return !alive(pid) })
}
