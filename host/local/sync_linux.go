package local

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// SyncDir implements host.Syncer.
func (t *tree) SyncDir(dir string) error {
	return t.on("sync directory", dir, func() error {
		return t.synced(dir, unix.O_DIRECTORY, unix.Fsync)
	})
}

// SyncAll implements host.Syncer: syncfs(2) on the directory and on every file
// system mounted below it. Linux reports errors of earlier writing since 5.8.
func (t *tree) SyncAll() error {
	if err := t.begin("sync", "."); err != nil {
		return err
	}
	if err := t.synced(".", unix.O_DIRECTORY, unix.Syncfs); err != nil {
		return t.fail("sync", ".", err)
	}
	mounts, err := t.mounts()
	if err != nil {
		return t.fail("sync", ".", err)
	}
	for _, name := range mounts {
		err := t.syncMount(name)
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
			continue // who may not even look below has written nothing there; or it was unmounted
		}
		if err != nil {
			return t.fail("sync", name, err)
		}
	}
	return nil
}

// syncMount syncs the file system at a mount point: a directory, or a file that
// was bound there.
func (t *tree) syncMount(name string) error {
	info, err := t.root.Stat(name)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return t.synced(name, unix.O_DIRECTORY, unix.Syncfs)
	case info.Mode().IsRegular():
		return t.synced(name, 0, unix.Syncfs)
	}
	return nil // a device: there is nothing in it to sync
}

// synced calls sync on what it opens.
func (t *tree) synced(name string, flag int, sync func(fd int) error) (err error) {
	f, err := t.root.OpenFile(name, unix.O_RDONLY|flag, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	err = sync(int(f.Fd()))
	if err == unix.EINVAL { // fsync(2): the file system does not sync directories
		return &fault{errors.ErrUnsupported, err}
	}
	return err
}

// mounts returns the names of the directories below the tree on which file
// systems on disks or on other machines are mounted for writing.
func (t *tree) mounts() (names []string, err error) {
	dir, err := filepath.EvalSymlinks(t.dir)
	if err != nil {
		return nil, err
	}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("list mounts: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return mountsBelow(f, dir)
}

// mountsBelow reads the table of proc_pid_mountinfo(5).
func mountsBelow(table io.Reader, dir string) ([]string, error) {
	var names []string
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 10 {
			return nil, fmt.Errorf("list mounts: %q has too few fields", lines.Text())
		}
		name, err := filepath.Rel(dir, unescape(fields[4]))
		if err != nil || name == "." || name == ".." || strings.HasPrefix(name, "../") {
			continue
		}
		if durable(fields) {
			names = append(names, name)
		}
	}
	return names, lines.Err()
}

// durable tells whether what is written to the mount outlives the machine's
// memory. Looking at an automount would mount it.
func durable(fields []string) bool {
	for i, field := range fields {
		if field != "-" || i+1 >= len(fields) {
			continue
		}
		switch fields[i+1] {
		case "autofs", "proc", "sysfs", "cgroup", "cgroup2", "tmpfs", "devtmpfs", "devpts", "mqueue",
			"debugfs", "tracefs", "securityfs", "bpf", "pstore", "hugetlbfs", "configfs", "binfmt_misc":
			return false
		}
	}
	return !strings.HasPrefix(fields[5]+",", "ro,")
}

// unescape takes back the octal escapes of mount points: \040 is a space.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
