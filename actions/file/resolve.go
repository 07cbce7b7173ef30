package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"github.com/spf13/afero"

	"quiesce/actions"
)

var _ actions.Resolver = operator{}

// terms is how a decision on a change is carried out.
type terms struct {
	Moves []move `json:"moves,omitempty"`
	// Lost: the old file is nowhere any more. To replace it is to create the
	// new one, and to remove it is nothing.
	Lost bool `json:"lost,omitempty"`
	// Instead is the name of what was in the place of the old file: when the
	// change is taken back, that has its place again.
	Instead string `json:"instead,omitempty"`
}

// move is a thing that gives way, by names below the root.
type move struct {
	From string `json:"from"`
	To   string `json:"to"`
	Ours bool   `json:"ours,omitempty"` // the old file, from one name of its backup to the other
}

// termsOf reads the terms of a settlement; of none they are empty.
func termsOf(s actions.Settlement) (terms, error) {
	var t terms
	if len(s.Note) == 0 {
		return t, nil
	}
	if err := json.Unmarshal(s.Note, &t); err != nil {
		return t, fmt.Errorf("read a decision: %w", err)
	}
	return t, nil
}

// remaining returns what is left to do with changes once what persons have
// decided on them holds.
func remaining(env *actions.Env, changes []actions.Change) ([]actions.Change, error) {
	if len(env.Settled) == 0 {
		return changes, nil
	}
	var rest []actions.Change
	for _, c := range changes {
		s, ok := env.Settled[c.Subject]
		terms, err := termsOf(s)
		switch {
		case err != nil:
			return nil, err
		case ok && s.Decision == actions.KeepTheirs, terms.Lost && c.Kind == actions.FileRemove:
			continue
		case terms.Lost:
			c.Kind, c.Old = actions.FileCreate, nil
		}
		rest = append(rest, c)
	}
	return rest, nil
}

// makeRoom moves aside what gives way by a decision in this direction. That is
// durable before anything takes its place.
func makeRoom(ctx context.Context, env *actions.Env, changes []actions.Change, back bool) error {
	if len(env.Settled) == 0 || len(changes) == 0 {
		return nil
	}
	t, err := begin(ctx, env, changes)
	if err != nil {
		return err
	}
	moved := false
	for _, it := range t.items {
		s := env.Settled[it.change.Subject]
		if s.Decision != actions.TakeOurs || s.Back != back {
			continue
		}
		terms, err := termsOf(s)
		if err != nil {
			return t.finish(err)
		}
		for _, m := range terms.Moves {
			did, err := t.giveWay(it, m, back)
			if err != nil {
				return t.finish(wrap("move aside what is in place of", it.change.Subject, err))
			}
			moved = moved || did
		}
	}
	if !moved {
		return t.finish(nil)
	}
	return t.finish(t.barrier(ctx, nil))
}

// unsettled returns the conflicts that nobody has decided on, if others were:
// as long as there are such, nothing gives way, for nothing would take its place.
func (o operator) unsettled(ctx context.Context, env *actions.Env, changes []actions.Change) error {
	if len(env.Settled) == 0 {
		return nil
	}
	var open []actions.Change
	for _, c := range changes {
		if _, ok := env.Settled[c.Subject]; !ok {
			open = append(open, c)
		}
	}
	found, err := o.Conflicts(ctx, env, open, false)
	if err != nil {
		return err
	}
	var errs []error
	for _, clash := range found {
		if clash != nil {
			errs = append(errs, clash)
		}
	}
	return joined(errs)
}

// giveWay makes one move, unless it was made before.
func (t *transaction) giveWay(it *item, m move, back bool) (bool, error) {
	if back && it.makesDirectory() {
		return false, nil // goes when nothing of the run is in it any more: removeDirectory
	}
	if err := t.view(it, make([]byte, bufferSize)); err != nil {
		return false, err
	}
	from, err := t.sight(m.From, make([]byte, bufferSize), it.wanted()...)
	if err != nil {
		return false, err
	}
	to, err := look(t.tree, m.To)
	if err != nil || to.there() || !from.there() {
		return false, err
	}
	switch {
	case m.Ours && !from.fits(it.change.Old):
		return false, nil
	case !m.Ours && !back && it.change.New != nil && from.fits(it.change.New):
		return false, nil // the new one is in its place already
	case back && it.change.Kind != actions.FileCreate && it.backup() == "":
		return false, nil // the old one is in its place already
	}
	return true, moveTo(t.tree, m.From, m.To)
}

func (it *item) makesDirectory() bool {
	return it.change.Kind == actions.FileCreate && it.change.New.Type == typeDirectory
}

// giveBack puts what was in the place of lost old files there again, once the
// changes are taken back.
func giveBack(ctx context.Context, env *actions.Env, changes []actions.Change) error {
	if len(env.Settled) == 0 || len(changes) == 0 {
		return nil
	}
	t, err := begin(ctx, env, changes)
	if err != nil {
		return err
	}
	var errs []error
	moved := false
	for _, it := range t.items {
		s := env.Settled[it.change.Subject]
		terms, err := termsOf(s)
		if err == nil && s.Decision == actions.TakeOurs && terms.Instead != "" {
			var did bool
			did, err = t.giveBackItem(it, terms.Instead)
			moved = moved || did
		}
		errs = append(errs, err)
	}
	if moved {
		errs = append(errs, t.restoreTimes(ctx), t.barrier(ctx, nil))
	}
	return t.finish(joined(errs))
}

func (t *transaction) giveBackItem(it *item, from string) (bool, error) {
	theirs, err := look(t.tree, from)
	if err != nil || !theirs.there() {
		return false, err // it is back already, or was taken away
	}
	err = moveTo(t.tree, from, it.Name)
	if err != nil {
		if now, lookErr := look(t.tree, it.Name); lookErr == nil && now.there() {
			return false, it.conflict("there is %s in its place, and what was there stays at %s", now, from)
		}
		return false, wrap("put back what was in place of", it.change.Subject, err)
	}
	return true, nil
}

// Conflicts implements actions.Resolver.
func (operator) Conflicts(ctx context.Context, env *actions.Env, changes []actions.Change, back bool) ([]*actions.ConflictError, error) {
	found := make([]*actions.ConflictError, len(changes))
	rest, err := remaining(env, changes)
	if err != nil || len(rest) == 0 {
		return found, err
	}
	t, err := begin(ctx, env, rest)
	if err != nil {
		return nil, err
	}
	if err := t.examine(ctx); err != nil {
		return nil, t.finish(err)
	}
	if !back {
		if err := t.deeper(ctx); err != nil {
			return nil, t.finish(err)
		}
	}
	by := map[string]*actions.ConflictError{}
	for _, it := range t.items {
		err := t.objection(it)
		if back {
			err = t.objectionBack(it)
		}
		var clash *actions.ConflictError
		if errors.As(err, &clash) {
			by[it.change.Subject] = clash
		} else if err != nil {
			return nil, t.finish(err)
		}
	}
	for i, c := range changes {
		found[i] = by[c.Subject]
	}
	return found, t.finish(nil)
}

// objectionBack says what keeps an item from being taken back.
func (t *transaction) objectionBack(it *item) error {
	switch {
	case it.err != nil:
		return it.err
	case !actions.Alters(it.change.Kind) || it.Within != "":
		return nil
	case it.makesDirectory():
		return t.strangers(it)
	}
	if clash := t.clash(it); clash != nil {
		return clash
	}
	return nil
}

// strangers is a conflict if something is in a directory that the run has made
// which an undo does not remove.
func (t *transaction) strangers(top *item) error {
	if !t.begun || !top.target.is(typeDirectory) {
		return nil
	}
	ours := map[string]bool{}
	for _, it := range t.items {
		if it.change.Kind != actions.FileCreate {
			continue
		}
		ours[it.stage], ours[it.Name] = true, true // if in conflict, it is told by itself
	}
	infos, err := afero.ReadDir(t.tree, top.Name)
	if err != nil {
		return wrap("list", top.change.Subject, err)
	}
	for _, info := range infos {
		if name := path.Join(top.Name, info.Name()); !ours[name] && !t.decidedOn(name) {
			return top.conflict("it is not empty and stays: %s is in it", info.Name())
		}
	}
	return nil
}
