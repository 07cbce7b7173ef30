package file

import (
	"errors"
	"fmt"

	"quiesce/host"
)

// delayer returns the host's way to rename at its next start.
func (t *transaction) delayer(it *item) (host.Delayer, error) {
	d, ok := t.tree.(host.Delayer)
	if !ok {
		return nil, fmt.Errorf("arrange for the next start, of %s: %w", it.change.Subject, errors.ErrUnsupported)
	}
	return d, nil
}

// viewDelay looks whether the renames at the next start are arranged.
func (t *transaction) viewDelay(it *item) error {
	if !it.pending() {
		return nil
	}
	d, err := t.delayer(it)
	if err != nil {
		return err
	}
	aside, err := d.Delayed(it.Name, it.aside)
	if err != nil {
		return err
	}
	in, err := d.Delayed(it.stage, it.Name)
	it.delayed = aside && in
	return err
}

// delay arranges that, at the next start, the old file goes aside and the new
// one takes its place. In this order: were only the first arranged, the old
// file would still be there, under the other name.
func (t *transaction) delay(it *item) error {
	d, err := t.delayer(it)
	if err != nil {
		return err
	}
	if err := d.Delay(it.Name, it.aside); err != nil {
		return wrap("arrange for the next start that the old file goes aside, of", it.change.Subject, err)
	}
	return wrap("arrange for the next start that the new file takes its place, of", it.change.Subject, d.Delay(it.stage, it.Name))
}

// cancelDelay takes both back, the last first.
func (t *transaction) cancelDelay(it *item) error {
	d, err := t.delayer(it)
	if err != nil {
		return err
	}
	if err := d.CancelDelay(it.stage, it.Name); err != nil {
		return wrap("cancel for the next start that the new file takes its place, of", it.change.Subject, err)
	}
	return wrap("cancel for the next start that the old file goes aside, of", it.change.Subject, d.CancelDelay(it.Name, it.aside))
}
