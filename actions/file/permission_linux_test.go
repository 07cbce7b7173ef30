package file_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"quiesce/actions"
	"quiesce/actions/file"
	"quiesce/host/overlay"
	"quiesce/runbooks"
)

const nobody = 65534

// TestNoPermission wants one clear error that names the path, and everything
// as it was. Root may do everything, so that it runs this as somebody else.
func TestNoPermission(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	t.Run("a directory that may not be written", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.fill()
		changes := b.changes() // the right is lost after planning
		closed := filepath.Join(b.root, "etc")
		b.check(os.Chmod(closed, 0o555))
		t.Cleanup(func() { b.check(os.Chmod(closed, 0o755)) })
		before := b.tree()
		err := b.apply(changes)
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "etc/app.conf") {
			t.Errorf("apply: %v, want a lack of rights that names the file", err)
		}
		b.check(b.undo(changes))
		b.sameTree("undo", before)
	})
	t.Run("is found when planning", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.fill()
		b.params["owner"] = "0:0"
		closed := filepath.Join(b.root, "etc")
		b.check(os.Chmod(closed, 0o555))
		t.Cleanup(func() { b.check(os.Chmod(closed, 0o755)) })
		b.env.Host = overlay.New(b.env.Host).Host() // as the program plans
		p := b.proposal()
		wantFinding(t, p, "to", "this user may not write to "+closed)
		wantFinding(t, p, "owner", "the owner 0:0")
	})
	t.Run("the date of a directory of somebody else", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		shared := os.Getenv("SHARED_DIR")
		if shared == "" {
			t.Skip("only root can make a directory that is not ours")
		}
		b.root, b.params["to"] = shared, shared
		b.write(b.pack, "a", "new", 0o644, late)
		changes := b.changes()
		wantFindingText(t, b.proposal(), "undo cannot give back its date")
		b.check(b.apply(changes))
		b.check(b.undo(changes))
	})
	t.Run("a folder of the pack that its owner may not write to", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.fill()
		closed := filepath.Join(b.pack, "closed")
		b.check(errors.Join(os.MkdirAll(filepath.Join(closed, "deep"), 0o755), os.WriteFile(filepath.Join(closed, "deep", "file"), nil, 0o444),
			os.Chmod(filepath.Join(closed, "deep"), 0o555), os.Chmod(closed, 0o555)))
		changes := b.changes()
		before := b.tree()
		for range 2 {
			b.check(b.apply(changes))
			info, err := os.Stat(filepath.Join(b.root, "closed", "deep"))
			b.check(err)
			if info.Mode().Perm() != 0o555 {
				t.Errorf("the new folder has mode %v", info.Mode())
			}
			b.check(b.undo(changes))
			b.sameTree("undo", before)
		}
		b.check(errors.Join(os.Chmod(closed, 0o755), os.Chmod(filepath.Join(closed, "deep"), 0o755)))
	})
	for name, where := range map[string]string{"a file of the pack": "pack", "a file of the host": "host"} {
		t.Run(name+" that may not be read", func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.fill()
			in := map[string]string{"pack": b.pack, "host": b.root}[where]
			b.check(os.Chmod(filepath.Join(in, "etc/app.conf"), 0))
			a, err := file.Family().Verbs[0].New(actions.StepParams{Params: runbooks.Params{Values: b.params}})
			b.check(err)
			_, err = a.Plan(context.Background(), b.env)
			if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "etc/app.conf") || !strings.Contains(err.Error(), in) {
				t.Errorf("plan: %v, want a lack of rights that names the file", err)
			}
		})
	}
}

func wantFindingText(t *testing.T, p actions.Proposal, text string) {
	t.Helper()
	for _, f := range p.Findings {
		if strings.Contains(f.Message, text) {
			return
		}
	}
	t.Errorf("no finding says %q: %+v", text, p.Findings)
}

// asNobody runs this test again as a user without rights.
func asNobody(t *testing.T) {
	t.Helper()
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
	shared := filepath.Join(dir, "shared")
	if err := errors.Join(os.Mkdir(shared, 0o777), os.Chmod(shared, 0o777)); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "-test.run=^TestNoPermission$", "-test.v")
	c.Dir, c.Env = dir, append(os.Environ(), "TMPDIR="+dir, "SHARED_DIR="+shared)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestNoPermission/") {
		t.Errorf("as user %d: %v\n%s", nobody, err, out)
	}
}

func copyProgram(to string) error {
	from, err := os.Open(os.Args[0])
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return errors.Join(err, from.Close())
	}
	_, err = io.Copy(out, from)
	return errors.Join(err, out.Close(), from.Close(), os.Chmod(to, 0o755))
}
