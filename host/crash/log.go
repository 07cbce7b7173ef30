package crash

import (
	"fmt"
	"slices"
	"time"
)

// effect is one change that is not durable yet. A crash keeps it whole or
// forgets it; of bytes it may also make something else.
type effect struct {
	what    string
	slots   []slot    // of a change of names
	needs   []*effect // without which it cannot have happened
	inode   uint64    // whose mode, owner, time or bytes it changes
	dress   func(*inode)
	fills   bool
	data    []byte
	at      time.Time
	durable bool
}

// on makes the change in an image.
func (e *effect) on(im image, f fate) {
	for _, s := range e.slots {
		im.put(s, e.at)
	}
	switch n := im[e.inode]; {
	case e.fills:
		n.data, n.modified = f.of(e.data), e.at
	case e.dress != nil:
		e.dress(n)
	}
}

// record makes a change, and puts it on the log.
func (d *Disk) record(e *effect) {
	e.at = d.clock
	e.on(d.now, whole)
	d.pending = append(d.pending, e)
}

// create makes a new inode and its name.
func (d *Disk) create(what string, p place, n *inode) uint64 {
	d.last++
	n.modified = d.clock
	born := *n
	if n.mode.IsDir() {
		n.names, born.names = map[string]uint64{}, map[string]uint64{}
	}
	d.now[d.last], d.kept[d.last] = n, &born
	e := &effect{what: what, slots: []slot{{p.dir, p.name, d.last}}}
	d.named[d.last] = e
	d.record(e)
	return d.last
}

// move gives names to inodes that have names already, and frees others.
func (d *Disk) move(what string, slots ...slot) {
	e := &effect{what: what, slots: slots}
	for _, s := range slots {
		if s.inode == 0 {
			continue
		}
		if before := d.moved[s.inode]; before != nil {
			e.needs = append(e.needs, before)
		}
		e.needs = append(e.needs, d.leading(s.dir)...)
		d.moved[s.inode], d.named[s.inode] = e, e
	}
	d.record(e)
}

// leading returns what has given names, since the start, to a directory and to
// those that lead there.
func (d *Disk) leading(dir uint64) (all []*effect) {
	for e := d.named[dir]; e != nil; e = d.named[dir] {
		all = append(all, e)
		i := slices.IndexFunc(e.slots, func(s slot) bool { return s.inode == dir })
		dir = e.slots[i].dir
	}
	return all
}

// unlink takes a name away. Of a directory, everything that emptied it must
// have happened.
func (d *Disk) unlink(what string, p place) {
	e := &effect{what: what, slots: []slot{{p.dir, p.name, 0}}}
	if d.now[p.inode].mode.IsDir() {
		for _, before := range d.pending {
			if before.touches(p.inode) {
				e.needs = append(e.needs, before)
			}
		}
	}
	d.record(e)
}

// dress changes mode, owner or time.
func (d *Disk) dress(what string, number uint64, change func(*inode)) {
	d.record(&effect{what: what, inode: number, dress: change})
}

// fill changes the bytes of a file. What was written to it and is not durable
// goes with it; that it was emptied before may persist alone.
func (d *Disk) fill(number uint64, data []byte) {
	d.pending = slices.DeleteFunc(d.pending, func(e *effect) bool { return e.fills && e.inode == number && len(e.data) > 0 })
	d.record(&effect{what: fmt.Sprintf("write inode %d", number), inode: number, fills: true, data: data})
}

// touches tells whether a change of names is in a directory.
func (e *effect) touches(dir uint64) bool {
	return slices.ContainsFunc(e.slots, func(s slot) bool { return s.dir == dir })
}

// overlaps tells whether two changes of names are about one name.
func (e *effect) overlaps(other *effect) bool {
	return slices.ContainsFunc(e.slots, func(s slot) bool {
		return slices.ContainsFunc(other.slots, func(o slot) bool { return s.dir == o.dir && s.name == o.name })
	})
}

// syncInode makes an inode durable: its mode, owner, time and bytes, or the
// names in it.
func (d *Disk) syncInode(number uint64) {
	for _, e := range slices.Clone(d.pending) {
		if e.inode == number || e.touches(number) {
			d.settle(e)
		}
	}
	d.flush()
}

// settle marks an effect durable, with what it needs and what was done before
// under the same names.
func (d *Disk) settle(e *effect) {
	if e.durable {
		return
	}
	e.durable = true
	for _, n := range e.needs {
		d.settle(n)
	}
	for _, before := range d.pending {
		if before == e {
			return
		}
		if before.overlaps(e) {
			d.settle(before)
		}
	}
}

// flush takes what is durable off the log.
func (d *Disk) flush() {
	d.pending = slices.DeleteFunc(d.pending, func(e *effect) bool {
		if e.durable {
			e.on(d.kept, whole)
		}
		return e.durable
	})
}

// syncAll makes everything durable.
func (d *Disk) syncAll() {
	for _, e := range d.pending {
		e.durable = true
	}
	d.flush()
}
