package crash

import (
	"context"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"syscall"
)

func writes(flag int) bool { return flag&(os.O_WRONLY|os.O_RDWR) != 0 }

// handle is an open file or directory. It stays with its inode when names
// change.
type handle struct {
	t      *tree
	inode  uint64
	name   string
	flag   int
	offset int64
	listed []os.FileInfo
	read   bool // listed is filled
	closed bool
}

// do runs one call with the disk locked.
func (h *handle) do(op string, operation bool, f func(n *inode) error) error {
	err := h.t.d.enter(context.WithoutCancel(h.t.ctx), operation)
	if err == nil {
		defer h.t.d.mu.Unlock()
		err = fs.ErrClosed
		if !h.closed {
			err = f(h.t.d.now[h.inode])
		}
	}
	if err == nil || err == io.EOF {
		return err
	}
	return &fs.PathError{Op: op, Path: h.name, Err: err}
}

// Name implements afero.File.
func (h *handle) Name() string { return h.name }

// Close implements afero.File. Nothing becomes durable by it.
func (h *handle) Close() error {
	return h.do("close", false, func(*inode) error {
		h.closed = true
		return nil
	})
}

// Stat implements afero.File.
func (h *handle) Stat() (i os.FileInfo, err error) {
	err = h.do("stat", false, func(*inode) error {
		i = h.t.d.now.info(h.inode, h.name)
		return nil
	})
	return i, err
}

// Sync implements afero.File: the file is durable, its name is not.
func (h *handle) Sync() error {
	return h.do("sync", true, func(*inode) error {
		h.t.d.syncInode(h.inode)
		return nil
	})
}

// Read implements io.Reader.
func (h *handle) Read(b []byte) (n int, err error) {
	err = h.do("read", false, func(node *inode) error {
		n, err = h.readAt(node, b, h.offset)
		h.offset += int64(n)
		if n > 0 && err == io.EOF {
			return nil
		}
		return err
	})
	return n, err
}

// ReadAt implements io.ReaderAt.
func (h *handle) ReadAt(b []byte, offset int64) (n int, err error) {
	err = h.do("read", false, func(node *inode) error {
		n, err = h.readAt(node, b, offset)
		return err
	})
	return n, err
}

func (h *handle) readAt(node *inode, b []byte, offset int64) (int, error) {
	switch {
	case node.mode.IsDir():
		return 0, syscall.EISDIR
	case h.flag&os.O_WRONLY != 0:
		return 0, syscall.EBADF
	case offset < 0:
		return 0, syscall.EINVAL
	case len(b) == 0:
		return 0, nil
	case offset >= int64(len(node.data)):
		return 0, io.EOF
	}
	n := copy(b, node.data[offset:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Seek implements io.Seeker.
func (h *handle) Seek(offset int64, whence int) (at int64, err error) {
	err = h.do("seek", false, func(node *inode) error {
		switch whence {
		case io.SeekCurrent:
			offset += h.offset
		case io.SeekEnd:
			offset += int64(len(node.data))
		}
		if offset < 0 || whence < io.SeekStart || whence > io.SeekEnd {
			return syscall.EINVAL
		}
		if node.mode.IsDir() && offset == 0 {
			h.listed, h.read = nil, false
		}
		h.offset, at = offset, offset
		return nil
	})
	return at, err
}

// Readdir implements afero.File: sorted, as it was at the first call.
func (h *handle) Readdir(count int) (infos []os.FileInfo, err error) {
	err = h.do("readdir", false, func(node *inode) error {
		if !node.mode.IsDir() {
			return syscall.ENOTDIR
		}
		if !h.read {
			for _, name := range slices.Sorted(maps.Keys(node.names)) {
				h.listed = append(h.listed, h.t.d.now.info(node.names[name], name))
			}
			h.read = true
		}
		if count > 0 && len(h.listed) == 0 {
			return io.EOF
		}
		if count <= 0 || count > len(h.listed) {
			count = len(h.listed)
		}
		infos, h.listed = h.listed[:count:count], h.listed[count:]
		return nil
	})
	return infos, err
}

// Readdirnames implements afero.File.
func (h *handle) Readdirnames(count int) ([]string, error) {
	infos, err := h.Readdir(count)
	names := make([]string, len(infos))
	for i, info := range infos {
		names[i] = info.Name()
	}
	return names, err
}

// Write implements io.Writer.
func (h *handle) Write(b []byte) (n int, err error) {
	err = h.do("write", true, func(node *inode) error {
		if h.flag&os.O_APPEND != 0 {
			h.offset = int64(len(node.data))
		}
		n, err = h.writeAt(node, b, h.offset)
		h.offset += int64(n)
		return err
	})
	return n, err
}

// WriteString implements afero.File.
func (h *handle) WriteString(s string) (int, error) { return h.Write([]byte(s)) }

// WriteAt implements io.WriterAt.
func (h *handle) WriteAt(b []byte, offset int64) (n int, err error) {
	err = h.do("write", true, func(node *inode) error {
		if h.flag&os.O_APPEND != 0 {
			return syscall.EINVAL
		}
		n, err = h.writeAt(node, b, offset)
		return err
	})
	return n, err
}

func (h *handle) writeAt(node *inode, b []byte, offset int64) (int, error) {
	switch {
	case !writes(h.flag):
		return 0, syscall.EBADF
	case offset < 0:
		return 0, syscall.EINVAL
	case len(b) == 0:
		return 0, nil
	}
	data := make([]byte, max(int(offset)+len(b), len(node.data)))
	copy(data, node.data)
	h.t.d.fill(h.inode, data)
	return copy(data[offset:], b), nil
}

// Truncate implements afero.File.
func (h *handle) Truncate(size int64) error {
	return h.do("truncate", true, func(node *inode) error {
		if !writes(h.flag) || size < 0 {
			return syscall.EINVAL
		}
		data := make([]byte, size)
		copy(data, node.data)
		h.t.d.fill(h.inode, data)
		return nil
	})
}
