package overlay

import (
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"github.com/spf13/afero"
)

// OpenFile implements afero.Fs. What is opened for reading only, and lies in
// the base, is read from there; O_TRUNC copies nothing.
func (t *tree) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	h := &handle{t: t, name: name, flag: flag}
	err := t.do("open", name, func() error {
		p, err := t.f.walk(t.root, name, flag&os.O_EXCL == 0 || flag&os.O_CREATE == 0)
		if err != nil {
			return err
		}
		if p.node == nil {
			err = t.create(&p, flag, perm)
		} else {
			err = t.open(p, flag)
		}
		h.node = p.node
		if err == nil {
			err = h.reachBelow()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

func writes(flag int) bool { return flag&(os.O_WRONLY|os.O_RDWR) != 0 }

// create makes the file that an opening asks for.
func (t *tree) create(p *place, flag int, perm os.FileMode) error {
	if flag&os.O_CREATE == 0 || p.parent.gone {
		return fs.ErrNotExist
	}
	if err := p.parent.denied; err != nil {
		return err
	}
	mode := perm & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky) &^ umask
	p.node = t.f.newNode(p.parent, mode)
	t.f.link(p.parent, p.name, p.node)
	return nil
}

// open opens what exists already.
func (t *tree) open(p place, flag int) error {
	n := p.node
	switch {
	case flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0:
		return fs.ErrExist
	case n.isDir() && (writes(flag) || flag&os.O_CREATE != 0):
		return syscall.EISDIR
	case n.isDir():
		return n.denied
	case n.content == nil:
		return syscall.ENXIO // a device, a pipe or a socket: nothing to simulate
	case !writes(flag) && flag&os.O_TRUNC == 0:
		return t.f.readable(t, p)
	}
	if err := n.denied; err != nil {
		return err
	}
	if err := t.f.replaceable(t, p); err != nil {
		return err
	}
	if flag&os.O_TRUNC == 0 {
		return nil
	}
	n.content = &content{}
	n.modified = t.f.w.clock.Now()
	return t.f.resize(n, 0)
}

// handle is an open file or directory. It implements afero.File, and stays with
// its node when names change.
type handle struct {
	t      *tree
	node   *node
	name   string
	flag   int
	offset int64
	below  afero.File // where the bytes are, while they are not here
	from   *content   // what below is open on
	listed []os.FileInfo
	read   bool // listed is filled
	closed bool
}

// reachBelow opens the file that holds the bytes, so that what hinders reading
// shows when the file is opened.
func (h *handle) reachBelow() error {
	if h.node.content == nil || h.node.content.fs == nil {
		return nil
	}
	below, err := h.node.content.fs.Open(h.node.content.name)
	if err != nil {
		return cause(err)
	}
	h.below, h.from = below, h.node.content
	return nil
}

// do runs one operation with the world locked.
func (h *handle) do(op string, f func() error) error {
	h.t.f.w.mu.Lock()
	defer h.t.f.w.mu.Unlock()
	err := fs.ErrClosed
	if !h.closed {
		err = f()
	}
	if err == nil || err == io.EOF {
		return err
	}
	return &fs.PathError{Op: op, Path: h.name, Err: err}
}

// Name implements afero.File.
func (h *handle) Name() string { return h.name }

// Close implements afero.File.
func (h *handle) Close() error {
	return h.do("close", func() error {
		h.closed = true
		if h.below == nil {
			return nil
		}
		return h.below.Close()
	})
}

// Stat implements afero.File.
func (h *handle) Stat() (info os.FileInfo, err error) {
	err = h.do("stat", func() error {
		info = h.node.info(baseName(h.name))
		return nil
	})
	return info, err
}

// Sync implements afero.File. Nothing here needs to be durable.
func (h *handle) Sync() error { return h.do("sync", func() error { return nil }) }

// Read implements io.Reader.
func (h *handle) Read(b []byte) (n int, err error) {
	err = h.do("read", func() error {
		n, err = h.readAt(b, h.offset)
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
	err = h.do("read", func() error {
		n, err = h.readAt(b, offset)
		return err
	})
	return n, err
}

func (h *handle) readAt(b []byte, offset int64) (int, error) {
	switch c := h.node.content; {
	case h.node.isDir():
		return 0, syscall.EISDIR
	case h.flag&os.O_WRONLY != 0:
		return 0, syscall.EBADF
	case offset < 0:
		return 0, syscall.EINVAL
	case len(b) == 0:
		return 0, nil
	case offset >= h.node.size:
		return 0, io.EOF
	case c.fs != nil:
		return h.readBelow(c, b, offset)
	default:
		n := copy(b, c.data[offset:])
		if n < len(b) {
			return n, io.EOF
		}
		return n, nil
	}
}

// readBelow reads bytes that are not here.
func (h *handle) readBelow(c *content, b []byte, offset int64) (int, error) {
	if h.from != c {
		return 0, syscall.EIO // a node never goes back to bytes that lie elsewhere
	}
	n, err := h.below.ReadAt(b, offset)
	if err != nil && err != io.EOF {
		err = cause(err)
	}
	return n, err
}

// Seek implements io.Seeker.
func (h *handle) Seek(offset int64, whence int) (at int64, err error) {
	err = h.do("seek", func() error {
		switch whence {
		case io.SeekCurrent:
			offset += h.offset
		case io.SeekEnd:
			offset += h.node.size
		}
		if offset < 0 || whence < io.SeekStart || whence > io.SeekEnd {
			return syscall.EINVAL
		}
		h.offset, at = offset, offset
		if h.node.isDir() && offset == 0 {
			h.listed, h.read = nil, false
		}
		return nil
	})
	return at, err
}

// Readdir implements afero.File: sorted, as it was at the first call.
func (h *handle) Readdir(count int) (infos []os.FileInfo, err error) {
	err = h.do("readdir", func() error {
		if !h.node.isDir() {
			return syscall.ENOTDIR
		}
		if !h.read {
			there, err := h.t.f.list(h.node)
			if err != nil {
				return err
			}
			for _, e := range there {
				h.listed = append(h.listed, e.node.info(e.name))
			}
			h.read = true
		}
		if count > 0 && len(h.listed) == 0 {
			return io.EOF
		}
		if count <= 0 {
			count = len(h.listed)
		}
		count = min(count, len(h.listed))
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
	err = h.do("write", func() error {
		if h.flag&os.O_APPEND != 0 {
			h.offset = h.node.size
		}
		n, err = h.writeAt(b, h.offset)
		h.offset += int64(n)
		return err
	})
	return n, err
}

// WriteString implements afero.File.
func (h *handle) WriteString(s string) (int, error) { return h.Write([]byte(s)) }

// WriteAt implements io.WriterAt.
func (h *handle) WriteAt(b []byte, offset int64) (n int, err error) {
	err = h.do("write", func() error {
		if h.flag&os.O_APPEND != 0 {
			return syscall.EINVAL
		}
		n, err = h.writeAt(b, offset)
		return err
	})
	return n, err
}

func (h *handle) writeAt(b []byte, offset int64) (int, error) {
	switch {
	case !writes(h.flag):
		return 0, syscall.EBADF
	case offset < 0:
		return 0, syscall.EINVAL
	case len(b) == 0:
		return 0, nil
	}
	end := offset + int64(len(b))
	if err := h.size(max(end, h.node.size)); err != nil {
		return 0, err
	}
	return copy(h.node.content.data[offset:], b), nil
}

// Truncate implements afero.File.
func (h *handle) Truncate(size int64) error {
	return h.do("truncate", func() error {
		if !writes(h.flag) || size < 0 {
			return syscall.EINVAL
		}
		return h.size(size)
	})
}

// size makes the bytes ready to be written, as many as given.
func (h *handle) size(size int64) error {
	if err := h.node.own(); err != nil {
		return err
	}
	if err := h.t.f.resize(h.node, size); err != nil {
		return err
	}
	c := h.node.content
	if missing := int(size) - len(c.data); missing > 0 {
		c.data = slices.Grow(c.data, missing)
		clear(c.data[len(c.data):size])
	}
	c.data = c.data[:size]
	h.node.modified = h.t.f.w.clock.Now()
	return nil
}
