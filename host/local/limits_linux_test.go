package local_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/spf13/afero"
	"golang.org/x/sys/unix"

	"quiesce/host"
)

// TestPermission does as an ordinary user what only root may.
func TestPermission(t *testing.T) {
	t.Parallel()
	if !inside() {
		dir := publicDir(t)
		must(t, os.Mkdir(filepath.Join(dir, "closed"), 0o700))
		write(t, filepath.Join(dir, "closed", "f"), "x")
		write(t, filepath.Join(dir, "f"), "x")
		must(t, os.Chmod(filepath.Join(dir, "f"), 0o600))
		if os.Geteuid() == 0 {
			asNobody(t, dir)
			return
		}
		must(t, os.Chmod(filepath.Join(dir, "closed"), 0))
		tree, _ := openDir(t, t.Context(), dir)
		refused(t, tree)
		must(t, os.Chmod(filepath.Join(dir, "closed"), 0o700))
		return
	}
	dir := os.Getenv("LOCAL_TEST_DIR")
	tree, _ := openDir(t, t.Context(), dir)
	refused(t, tree)
	for _, op := range []string{"Open", "OpenFile", "Remove", "Rename", "Chmod", "Chtimes", "Digest"} {
		if err := onName(tree, "f")[op](); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v, want no permission", op, err)
		}
	}
	if _, err := tree.Stat("f"); err != nil {
		t.Errorf("Stat needs no right to read: %v", err)
	}
}

// refused tries everything below a directory that is closed to the user.
func refused(t *testing.T, tree host.Tree) {
	t.Helper()
	for op, do := range onName(tree, "closed/f") {
		if err := do(); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v, want no permission", op, err)
		}
	}
}

// TestNoSpace fills a small file system.
func TestNoSpace(t *testing.T) {
	t.Parallel()
	if !inside() {
		attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		if os.Geteuid() != 0 {
			attr.Cloneflags |= syscall.CLONE_NEWUSER
			attr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
			attr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
		}
		rerun(t, os.Args[0], t.TempDir(), attr)
		return
	}
	dir := os.Getenv("LOCAL_TEST_DIR")
	if err := errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"),
	); err != nil {
		t.Skipf("this machine does not let us mount: %v", err)
	}
	tree, _ := openDir(t, t.Context(), dir)
	full := func(op string, err error) {
		t.Helper()
		if !errors.Is(err, host.ErrNoSpace) || !errors.Is(err, unix.ENOSPC) {
			t.Errorf("%s on a full file system: %v", op, err)
		}
	}
	free, _, err := tree.(host.SpaceTeller).Free(".")
	if err != nil || free == 0 || free > 256<<10 {
		t.Errorf("Free: %d, %v", free, err)
	}
	source := afero.NewMemMapFs()
	must(t, afero.WriteFile(source, "big", make([]byte, 1<<20), 0o644))
	_, _, err = tree.(host.Importer).Import(source, "big", "big")
	full("Import", err)
	if _, err := tree.Stat("big"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a failed import leaves a file behind: %v", err)
	}
	full("Write", afero.WriteFile(tree, "f", make([]byte, 1<<20), 0o600))
	if again, _, err := tree.(host.SpaceTeller).Free("."); err != nil || again >= free {
		t.Errorf("Free of a full file system: %d of %d, %v", again, free, err)
	}
	t.Run("what is mounted below the tree is synced too", func(t *testing.T) {
		above, _ := openDir(t, t.Context(), filepath.Dir(dir))
		must(t, above.(host.Syncer).SyncAll())
	})
	t.Run("a mount point is in use", func(t *testing.T) {
		above, _ := openDir(t, t.Context(), filepath.Dir(dir))
		if err := above.Remove(filepath.Base(dir)); !errors.Is(err, host.ErrInUse) || !errors.Is(err, unix.EBUSY) {
			t.Errorf("Remove: %v", err)
		}
	})
}
