package file_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// owner tells owner, number of names and identity of a file.
func owner(info fs.FileInfo) string {
	s := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d inode %d, %d names", s.Uid, s.Gid, s.Ino, s.Nlink)
}

func (b *bench) pipe(in, name string) {
	b.t.Helper()
	b.check(syscall.Mkfifo(filepath.Join(in, name), 0o600))
}
