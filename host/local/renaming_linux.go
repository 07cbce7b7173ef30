package local

import (
	"errors"

	"golang.org/x/sys/unix"

	"quiesce/host"
)

var _ host.RenamingTeller = (*tree)(nil)

// Renaming implements host.RenamingTeller. The kernel answers only those who
// try, and trying writes: it goes by the kind of file system, as Linux has it.
// Of kinds whose answer depends on more than that, nothing is known: FUSE on
// its server, FAT and ZFS on their age. Where no flag is taken, as on NFS,
// Place makes a second name first.
func (t *tree) Renaming(dir string) (r host.Renaming, err error) {
	err = t.on("tell how names are changed in", dir, func() error {
		kind, err := t.kind(dir)
		if err != nil {
			return err
		}
		r, err = renaming(kind)
		return err
	})
	return r, err
}

func (t *tree) kind(dir string) (kind int64, err error) {
	f, err := t.directory(dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var system unix.Statfs_t
	err = unix.Fstatfs(f.fd, &system)
	return int64(uint32(system.Type)), err // the width differs between architectures
}

// Kinds that have no name in x/sys/unix.
const (
	bcachefs = 0xca451a4e
	ubifs    = 0x24051905
	cifs     = 0xff534d42
	ceph     = 0x00c36400
	ntfs3    = 0x7366746e
	jfs      = 0x3153464a
)

func renaming(kind int64) (host.Renaming, error) {
	switch kind {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.TMPFS_MAGIC, unix.RAMFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC, bcachefs, ubifs:
		return host.Renaming{Exchange: true, Place: true}, nil
	case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.V9FS_MAGIC, unix.EXFAT_SUPER_MAGIC,
		unix.REISERFS_SUPER_MAGIC, unix.NILFS_SUPER_MAGIC, cifs, ceph, ntfs3, jfs:
		return host.Renaming{Place: true}, nil
	}
	return host.Renaming{}, &fault{errors.ErrUnsupported, unix.EOPNOTSUPP}
}
