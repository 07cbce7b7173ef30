package overlay

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"quiesce/host"
)

// Entry is one file, directory or link of a simulated host.
type Entry struct {
	Path    string // absolute
	Info    fs.FileInfo
	Target  string // of a symbolic link
	Denied  bool   // the user of the host may not look into it
	Holders []host.Holder
	Data    []byte // of a regular file
	// Attributes are the extended ones, where the base keeps such.
	Attributes map[string][]byte
}

// Walk shows every entry below the directories of the base that were opened,
// in the order of their paths, whatever the user of the host may see.
func (o *Overlay) Walk(visit func(Entry) error) error {
	w := o.world
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settle()
	for _, volume := range slices.Sorted(maps.Keys(w.files.root)) {
		root := w.files.root[volume]
		t := &tree{f: w.files, dir: volume, root: root}
		if err := t.visit(place{node: root, path: "."}, visit); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) visit(p place, visit func(Entry) error) error {
	there, err := t.f.list(p.node)
	if err != nil {
		return err
	}
	for _, e := range there {
		below := place{parent: p.node, name: e.name, node: e.node, path: strings.TrimPrefix(p.path+"/"+e.name, "./")}
		if err := t.show(below, visit); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) show(p place, visit func(Entry) error) error {
	e := Entry{
		Path: t.f.w.flavour.Join(t.dir, p.path), Info: p.node.info(p.name),
		Target: p.node.target, Denied: p.node.denied != nil,
	}
	var err error
	if p.node.content != nil {
		if e.Holders, err = t.f.holders(t, p); err != nil {
			return err
		}
		if e.Data, err = p.node.content.read(); err != nil {
			return err
		}
	}
	if err := p.node.ownAttributes(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	e.Attributes = p.node.attributes.all
	if err := visit(e); err != nil || !p.node.isDir() {
		return err
	}
	return t.visit(p, visit)
}

// DelayedRename is a rename that waits for the next start of the machine.
type DelayedRename struct {
	From, To string // absolute
}

// DelayedRenames returns what was arranged here, in order.
func (o *Overlay) DelayedRenames() []DelayedRename {
	o.world.mu.Lock()
	defer o.world.mu.Unlock()
	var all []DelayedRename
	for _, d := range o.world.files.delays {
		if fl := o.world.flavour; !d.off {
			all = append(all, DelayedRename{fl.Join(d.dir, d.from), fl.Join(d.dir, d.to)})
		}
	}
	return all
}

// OpenSilence is a silence that was opened here.
type OpenSilence struct {
	Server, ID, Comment string
	Until               time.Time
}

// Silences returns the silences that were opened here and are in force.
func (o *Overlay) Silences() []OpenSilence {
	o.world.mu.Lock()
	defer o.world.mu.Unlock()
	now := o.world.clock.Now()
	return slices.DeleteFunc(slices.Clone(o.world.silences), func(s OpenSilence) bool { return !s.Until.After(now) })
}
