package local_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"quiesce/host"
)

// sleeper starts a program of its own in dir, with files open, and returns its
// process id.
func sleeper(t *testing.T, program string, files ...*os.File) int {
	t.Helper()
	cmd := exec.Command(program, "600")
	cmd.ExtraFiles = files
	must(t, cmd.Start())
	t.Cleanup(func() {
		must(t, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed, and says so
	})
	return cmd.Process.Pid
}

// copyOf copies a program.
func copyOf(t *testing.T, program, to string) {
	t.Helper()
	path, err := exec.LookPath(program)
	must(t, err)
	from, err := os.Open(path)
	must(t, err)
	defer from.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	must(t, err)
	_, err = io.Copy(out, from)
	must(t, errors.Join(err, out.Close()))
}

func TestHolders(t *testing.T) {
	t.Parallel()
	tree, dir := open(t)
	holders := func(name string) []host.Holder {
		t.Helper()
		list, err := tree.(host.HolderLister).Holders(name)
		must(t, err)
		for i := range list {
			list[i].Service = "" // where the tests run is not ours to say
		}
		return list
	}
	t.Run("a file that nobody has open has none", func(t *testing.T) {
		write(t, filepath.Join(dir, "free"), "x")
		if got := holders("free"); len(got) != 0 {
			t.Errorf("held by %v", got)
		}
	})
	t.Run("a reader is a holder, until it ends", func(t *testing.T) {
		write(t, filepath.Join(dir, "read"), "x")
		f, err := os.Open(filepath.Join(dir, "read"))
		must(t, err)
		pid := sleeper(t, "sleep", f)
		must(t, f.Close())
		if diff := cmp.Diff([]host.Holder{{Process: "sleep", PID: pid}}, holders("read")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a running program holds its file", func(t *testing.T) {
		program := filepath.Join(dir, "program")
		copyOf(t, "sleep", program)
		pid := startRetrying(t, program)
		if diff := cmp.Diff([]host.Holder{{Process: "program", PID: pid}}, holders("program")); diff != "" {
			t.Error(diff)
		}
		t.Run("also under another name", func(t *testing.T) {
			must(t, os.Rename(program, filepath.Join(dir, "aside")))
			if got := holders("aside"); len(got) != 1 || got[0].PID != pid {
				t.Errorf("held by %v", got)
			}
		})
		t.Run("and cannot be written", func(t *testing.T) {
			_, err := tree.OpenFile("aside", os.O_WRONLY, 0)
			if !errors.Is(err, host.ErrInUse) || !errors.Is(err, unix.ETXTBSY) {
				t.Errorf("opened for writing: %v", err)
			}
		})
	})
	t.Run("Quiesce itself is none", func(t *testing.T) {
		write(t, filepath.Join(dir, "own"), "x")
		f, err := tree.Open("own")
		must(t, err)
		defer func() { must(t, f.Close()) }()
		got, err := tree.(host.HolderLister).Holders("own")
		if errors.Is(err, os.ErrPermission) {
			t.Skipf("another process of this machine is hidden even from this user: %v", err)
		}
		if err != nil || len(got) != 0 {
			t.Errorf("held by %v, %v", got, err)
		}
	})
}

// startRetrying starts a program that was just written (golang/go#22315).
func startRetrying(t *testing.T, program string) int {
	t.Helper()
	for range 100 {
		cmd := exec.Command(program, "600")
		err := cmd.Start()
		if errors.Is(err, unix.ETXTBSY) {
			continue
		}
		must(t, err)
		t.Cleanup(func() {
			must(t, cmd.Process.Kill())
			_ = cmd.Wait() // it was killed, and says so
		})
		return cmd.Process.Pid
	}
	t.Fatal("the program stays busy")
	return 0
}

// TestHoldersHidden asks as an ordinary user about a file of somebody else's.
func TestHoldersHidden(t *testing.T) {
	t.Parallel()
	if inside() {
		tree, _ := openDir(t, t.Context(), os.Getenv("LOCAL_TEST_DIR"))
		list, err := tree.(host.HolderLister).Holders("f")
		if !errors.Is(err, os.ErrPermission) {
			t.Errorf("Holders: %v, %v, want that it cannot tell", list, err)
		}
		return
	}
	dir := publicDir(t)
	write(t, filepath.Join(dir, "f"), "x")
	asNobody(t, dir)
}

func TestFree(t *testing.T) {
	t.Parallel()
	tree, dir := open(t)
	write(t, filepath.Join(dir, "f"), "x")
	var stat unix.Stat_t
	must(t, unix.Stat(dir, &stat))
	for _, name := range []string{".", "f"} {
		free, device, err := tree.(host.SpaceTeller).Free(name)
		if err != nil || free == 0 || device != uint64(stat.Dev) {
			t.Errorf("Free(%s) = %d, %d, %v", name, free, device, err)
		}
	}
}
