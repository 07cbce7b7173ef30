package local

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"quiesce/host"
)

// finding is what one search of the processes came to.
type finding struct {
	holders []host.Holder // sorted by process id
	self    bool          // Quiesce has it open more than once
	hidden  int           // how many processes could not be looked at
	reason  error         // of the first of them
}

// inode is the identity of a file.
type inode struct{ dev, ino uint64 }

// searchHolders looks once at every process for descriptors and mappings
// of the file behind a descriptor of ours.
func searchHolders(fd int) (finding, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return finding{}, err
	}
	want := inode{uint64(stat.Dev), stat.Ino}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return finding{}, fmt.Errorf("cannot tell who has it open: %w", err)
	}
	found := finding{}
	pids := 0
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		pids++
		found.look(pid, fd, want)
	}
	if pids == 0 {
		return finding{}, fmt.Errorf("cannot tell who has it open: /proc shows no process: %w", errors.ErrUnsupported)
	}
	slices.SortFunc(found.holders, func(a, b host.Holder) int { return cmp.Compare(a.PID, b.PID) })
	return found, nil
}

// look adds one process if it has the file open; own is our own descriptor.
func (found *finding) look(pid, own int, want inode) {
	dir := "/proc/" + strconv.Itoa(pid)
	self := pid == os.Getpid()
	if !self {
		own = -1
	}
	open, err := descriptors(dir, own, want)
	if !open && err == nil {
		open, err = mapped(dir, want)
	}
	switch {
	case open && self:
		found.self = true
	case open:
		found.holders = append(found.holders, holder(dir, pid))
	case err != nil && !gone(err):
		if found.hidden++; found.reason == nil {
			found.reason = err
		}
	}
}

// gone tells whether an error says that the process ended meanwhile.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH)
}

// descriptors tells whether a process has the file open, not counting except.
func descriptors(dir string, except int, want inode) (bool, error) {
	fds, err := os.Open(dir + "/fd")
	if err != nil {
		return false, err
	}
	names, err := fds.Readdirnames(-1)
	if err = errors.Join(err, fds.Close()); err != nil {
		return false, err
	}
	for _, name := range names {
		is, err := same(dir+"/fd/"+name, want)
		if err != nil && !gone(err) {
			return false, err
		}
		if is && name != strconv.Itoa(except) {
			return true, nil
		}
	}
	return false, nil
}

// same tells whether what path leads to is the file.
func same(path string, want inode) (bool, error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return false, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return inode{uint64(stat.Dev), stat.Ino} == want, nil
}

// mapped tells whether a process has the file mapped, as it has its program and
// libraries. The device that the table shows is not the one of stat(2) on every
// file system, so that a line whose inode fits is looked up.
func mapped(dir string, want inode) (bool, error) {
	table, err := os.ReadFile(dir + "/maps")
	if err != nil {
		return false, err
	}
	number := []byte(strconv.FormatUint(want.ino, 10))
	lines := bufio.NewScanner(bytes.NewReader(table))
	lines.Buffer(nil, len(table)+1)
	for lines.Scan() {
		fields := bytes.Fields(lines.Bytes()) // range perms offset device inode path
		if len(fields) < 6 || !bytes.Equal(fields[4], number) {
			continue
		}
		is, err := same(dir+"/map_files/"+string(fields[0]), want)
		if err != nil { // needs more rights than maps
			is, err = same(dir+"/root"+string(bytes.Join(fields[5:], []byte(" "))), want)
		}
		if is || err != nil && !gone(err) {
			return is, err
		}
	}
	return false, lines.Err()
}

// holder describes a process, as far as it still can be seen.
func holder(dir string, pid int) host.Holder {
	name := fmt.Sprintf("process %d", pid)
	if exe, err := os.Readlink(dir + "/exe"); err == nil {
		name = path.Base(strings.TrimSuffix(exe, " (deleted)"))
	} else if comm, err := os.ReadFile(dir + "/comm"); err == nil {
		name = strings.TrimSpace(string(comm))
	}
	groups, err := os.ReadFile(dir + "/cgroup")
	if err != nil {
		groups = nil // no control groups, no service
	}
	return host.Holder{Process: name, PID: pid, Service: service(string(groups))}
}

// service finds the systemd service in a process's control groups.
func service(groups string) string {
	for line := range strings.Lines(groups) {
		for element := range strings.SplitSeq(strings.TrimSpace(line), "/") {
			if strings.HasSuffix(element, ".service") {
				return element
			}
		}
	}
	return ""
}
