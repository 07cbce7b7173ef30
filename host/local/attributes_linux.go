package local

import (
	"io/fs"
	"syscall"

	"quiesce/host"
)

const (
	errQuota    = syscall.EDQUOT
	errTextBusy = syscall.ETXTBSY
)

// blockSize is the unit of st_blocks, whatever the blocks of the file system are.
const blockSize = 512

func attributes(info fs.FileInfo) host.Attributes {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return host.Attributes{UID: -1, GID: -1}
	}
	return host.Attributes{
		UID:    int(stat.Uid),
		GID:    int(stat.Gid),
		Device: uint64(stat.Dev), // the width differs between architectures
		Inode:  stat.Ino,
		Links:  uint64(stat.Nlink),

		Allocated: stat.Blocks * blockSize,
	}
}
