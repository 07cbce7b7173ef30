package local

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestMountsBelow(t *testing.T) {
	t.Parallel()
	const table = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:5 / /srv/proc rw - proc proc rw
24 22 254:1 / /srv/data rw,noatime master:1 propagate_from:2 - xfs /dev/vdb rw
25 22 254:2 / /srv/with\040space rw - nfs server:/x rw
26 22 254:3 / /srv/cd ro,nosuid - iso9660 /dev/sr0 ro
27 22 254:4 / /srvother rw - ext4 /dev/vdc rw
28 22 0:33 / /srv/auto rw - autofs systemd-1 rw
29 22 254:0 /a /srv rw shared:1 - ext4 /dev/vda rw
`
	for dir, want := range map[string][]string{
		"/srv":      {"data", "with space"},
		"/":         {"srv/data", "srv/with space", "srvother", "srv"},
		"/srv/data": nil,
	} {
		got, err := mountsBelow(strings.NewReader(table), dir)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("below %s: %s", dir, diff)
		}
	}
	if _, err := mountsBelow(strings.NewReader("nonsense\n"), "/"); err == nil {
		t.Error("a table that is none was read")
	}
}

func TestPlaceByLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "a"), []byte("A"), 0o600),
		os.WriteFile(filepath.Join(dir, "b"), []byte("B"), 0o600),
		os.Symlink("a", filepath.Join(dir, "link")),
		os.Mkdir(filepath.Join(dir, "d"), 0o700),
		placeByLink(fd, fd, "a", "c"),
		placeByLink(fd, fd, "link", "moved"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := placeByLink(fd, fd, "c", "b"); !errors.Is(err, syscall.EEXIST) {
		t.Errorf("over a file: %v", err)
	}
	if err := placeByLink(fd, fd, "d", "e"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a directory: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{"b", "c", "d", "moved"}, names); diff != "" {
		t.Error(diff)
	}
	if target, err := os.Readlink(filepath.Join(dir, "moved")); target != "a" || err != nil {
		t.Errorf("the link became %q, %v", target, err)
	}
}

func TestServiceOfGroups(t *testing.T) {
	t.Parallel()
	for groups, want := range map[string]string{
		"0::/system.slice/nginx.service\n":                                  "nginx.service",
		"12:pids:/x\n1:name=systemd:/system.slice/ssh.service/init\n0::/\n": "ssh.service",
		"0::/user.slice/session-1.scope\n":                                  "",
		"":                                                                  "",
	} {
		if got := service(groups); got != want {
			t.Errorf("%q belongs to %q, want %q", groups, got, want)
		}
	}
}
