package overlay

import (
	"errors"

	"quiesce/host"
)

// Free implements host.SpaceTeller: what the base has free, less what was
// written here.
func (t *tree) Free(name string) (free, device uint64, err error) {
	err = t.on("free space of", name, true, func(p place) (err error) {
		device = deviceOf(p)
		free, err = t.f.freeOn(device)
		return err
	})
	return free, device, err
}

// deviceOf returns the file system that is written to at a place. Files of a
// union file system may tell another than their directory.
func deviceOf(p place) uint64 {
	if p.node.isDir() {
		return p.node.attr.Device
	}
	return p.parent.attr.Device
}

// freeOn returns the bytes that may still be written on a device.
func (f *files) freeOn(device uint64) (uint64, error) {
	base, known := f.free[device]
	if !known {
		at := f.tellers[device]
		if at == nil {
			return 0, errors.ErrUnsupported
		}
		teller, ok := at.tree.(host.SpaceTeller)
		if !ok {
			return 0, errors.ErrUnsupported
		}
		var err error
		if base, _, err = teller.Free(at.name); err != nil {
			return 0, cause(err)
		}
		f.free[device] = base
	}
	if used := f.used[device]; used > 0 {
		return base - min(base, uint64(used)), nil
	} else {
		return base + uint64(-used), nil
	}
}

// resize takes note that a file grows or shrinks to size, unless there is no
// space for it.
func (f *files) resize(n *node, size int64) error {
	more := size - n.size
	if more > 0 && !n.gone && !f.boundless {
		free, err := f.freeOn(n.attr.Device)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		if err == nil && uint64(more) > free {
			return host.ErrNoSpace
		}
	}
	n.size = size
	if !n.gone {
		f.used[n.attr.Device] += more
	}
	return nil
}

// release takes note that a node has lost its name, and gives back the space of
// what was written below it.
func (f *files) release(n *node) {
	n.gone = true
	if n.isDir() {
		for _, e := range n.dir.entries {
			if e.node != nil {
				f.release(e.node)
			}
		}
		return
	}
	if n.content != nil && n.attr.Links <= 1 {
		f.used[n.attr.Device] -= n.size
	}
	if n.attr.Links > 0 {
		n.attr.Links--
	}
}
