package file_test

import (
	"fmt"
	"io/fs"
	"syscall"
)

// owner tells owner, number of names and identity of a file.
func owner(info fs.FileInfo) string {
	s := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d inode %d, %d names", s.Uid, s.Gid, s.Ino, s.Nlink)
}
