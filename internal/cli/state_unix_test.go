//go:build unix

package cli_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"quiesce/internal/cli"
)

// TestStateDirectory looks where an ordinary user's runs are kept. For root it
// is /var/lib/quiesce, which a test leaves alone, so that root runs this as
// somebody else.
func TestStateDirectory(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	s := newSession(t)
	delete(s.env, "QUIESCE_STATE")
	s.env["XDG_STATE_HOME"] = t.TempDir()
	rb, on := write(t, "rb.yaml", strings.ReplaceAll(small, "  - {id: gate, action: confirm, with: {message: \"Go on?\"}}\n", "")), write(t, "host.yaml", server)
	s.run(t, cli.Done, "apply", rb, "--host", on, "--yes")
	if _, err := os.Stat(filepath.Join(s.env["XDG_STATE_HOME"], "quiesce", "runs")); err != nil {
		t.Error(err)
	}
}

// asNobody runs the calling test again as a user without rights.
func asNobody(t *testing.T) {
	t.Helper()
	const nobody = 65534
	dir, err := os.MkdirTemp("", "nobody") // not below a directory that only root may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	program := filepath.Join(dir, "test")
	if err := errors.Join(os.Chmod(dir, 0o777), copyProgram(program)); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$", "-test.v")
	c.Dir, c.Env = dir, append(os.Environ(), "TMPDIR="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as user %d: %v\n%s", nobody, err, out)
	}
}

// copyProgram copies this test to where everybody may run it.
func copyProgram(to string) (err error) {
	from, err := os.Open(os.Args[0])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, from)
	return errors.Join(err, out.Close(), os.Chmod(to, 0o755))
}
