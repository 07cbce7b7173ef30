package local

import (
	"io/fs"
	"time"

	"golang.org/x/sys/unix"

	"quiesce/host"
)

func infoOf(name string, st *unix.Stat_t) *stat {
	return &stat{
		name: name, size: st.Size, mode: modeOf(st.Mode),
		modified: time.Unix(int64(st.Mtim.Sec), int64(st.Mtim.Nsec)), // the widths differ between architectures
		attributes: host.Attributes{
			UID: int(st.Uid), GID: int(st.Gid), Device: uint64(st.Dev), Inode: st.Ino, Links: uint64(st.Nlink),
			Allocated: st.Blocks * blockSize,
		},
	}
}

// modeOf translates the mode of inode(7).
func modeOf(m uint32) fs.FileMode {
	mode := fs.FileMode(m & 0o777)
	switch m & unix.S_IFMT {
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	case unix.S_IFBLK:
		mode |= fs.ModeDevice
	case unix.S_IFCHR:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	}
	if m&unix.S_ISUID != 0 {
		mode |= fs.ModeSetuid
	}
	if m&unix.S_ISGID != 0 {
		mode |= fs.ModeSetgid
	}
	if m&unix.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}
