package overlay

import (
	"errors"
	"io/fs"
	"slices"

	"quiesce/host"
)

// delay is a rename that waits for the next start of the machine.
type delay struct {
	tree     *node // the directory that the names are relative to
	dir      string
	from, to string
	off      bool // it takes one of the base back
}

// Delay implements host.Delayer, on a Windows flavour.
func (t *tree) Delay(from, to string) error {
	return t.delays("delay rename of", from, func() error {
		p, err := t.f.walk(t.root, from, false)
		if err == nil && p.node == nil {
			err = fs.ErrNotExist
		}
		if err != nil {
			return err
		}
		if err := check(t.f.w.flavour, to); err != nil {
			return err
		}
		t.setDelay(from, to, false)
		return nil
	})
}

// CancelDelay implements host.Delayer.
func (t *tree) CancelDelay(from, to string) error {
	return t.delays("cancel delayed rename of", from, func() error {
		below, err := t.delayedBelow(from, to)
		if below {
			t.setDelay(from, to, true)
		} else {
			t.dropDelay(from, to)
		}
		return err
	})
}

// Delayed implements host.Delayer.
func (t *tree) Delayed(from, to string) (is bool, err error) {
	err = t.delays("look for delayed rename of", from, func() (err error) {
		if i := t.delayIndex(from, to); i >= 0 {
			is = !t.f.delays[i].off
			return nil
		}
		is, err = t.delayedBelow(from, to)
		return err
	})
	return is, err
}

func (t *tree) delays(op, name string, f func() error) error {
	return t.do(op, name, func() error {
		if t.f.w.flavour != host.Windows {
			return errors.ErrUnsupported
		}
		return f()
	})
}

// delayedBelow asks the base.
func (t *tree) delayedBelow(from, to string) (bool, error) {
	if t.root.origin == nil {
		return false, nil
	}
	d, ok := t.root.origin.tree.(host.Delayer)
	if !ok {
		return false, nil
	}
	at := t.root.origin
	is, err := d.Delayed(at.below(from).name, at.below(to).name)
	if errors.Is(err, errors.ErrUnsupported) {
		return false, nil
	}
	return is, cause(err)
}

func (t *tree) delayIndex(from, to string) int {
	fl := t.f.w.flavour
	from, to = fl.Key(fl.Join(t.dir, from)), fl.Key(fl.Join(t.dir, to))
	return slices.IndexFunc(t.f.delays, func(d delay) bool {
		return fl.Key(fl.Join(d.dir, d.from)) == from && fl.Key(fl.Join(d.dir, d.to)) == to
	})
}

func (t *tree) setDelay(from, to string, off bool) {
	t.dropDelay(from, to)
	t.f.delays = append(t.f.delays, delay{t.root, t.dir, from, to, off})
}

func (t *tree) dropDelay(from, to string) {
	if i := t.delayIndex(from, to); i >= 0 {
		t.f.delays = slices.Delete(t.f.delays, i, i+1)
	}
}

// carryOutDelays renames what waited for a start of the machine, in the order
// in which it was asked for. One whose file is gone is skipped, as Windows does.
func (f *files) carryOutDelays() error {
	delays := f.delays
	f.delays = nil
	for _, d := range delays {
		if d.off {
			continue
		}
		t := &tree{f: f, dir: d.dir, root: d.tree}
		a, err := f.walk(t.root, d.from, false)
		if err != nil || a.node == nil {
			continue
		}
		b, err := f.walk(t.root, d.to, false)
		if err == nil {
			err = t.rename(a, b)
		}
		if err != nil {
			return &fs.PathError{Op: "rename at start", Path: d.from, Err: err}
		}
	}
	return nil
}
