package file

import (
	"context"
	"errors"
	"fmt"
	"path"
	"sync"
	"time"

	"github.com/hashicorp/go-multierror"

	"quiesce/actions"
	"quiesce/host"
)

// transaction is the file changes of one step at work.
type transaction struct {
	env   *actions.Env
	tree  host.Tree
	link  string  // where the directory leads to, if it is a symbolic link
	items []*item // in the order of the plan
	memo  memo
	begun bool // the memo was there: an earlier attempt may have changed something
	work  int  // items that alter the host
	done  int  // in halves of items
	mu    sync.Mutex
	acls  sync.Map // by directory: whether it gives an ACL to what is made in it

	own map[string]ownNames // by directory, of those that were listed
}

// item is one change with what the host shows of it.
type item struct {
	change actions.Change
	details
	stage string // the run's own name beside the target
	aside string // where the old file goes when names cannot be exchanged

	target, staged, asided thing // what the names stood for, last time
	delayed                bool  // of a pending file: the renames are arranged
	moved                  bool  // the directory that takes it along has gone aside
	begun                  bool  // that of the transaction
	err                    error // looking failed
}

// begin opens the directory that the changes are in and reads the memo.
func begin(ctx context.Context, env *actions.Env, changes []actions.Change) (*transaction, error) {
	t := &transaction{env: env}
	for _, c := range changes {
		it := &item{change: c}
		if err := c.Decode(&it.details); err != nil {
			return nil, err
		}
		if it.Root != "" && len(t.items) > 0 && it.Root != t.items[0].Root {
			return nil, fmt.Errorf("change files of two directories at once: %s and %s", t.items[0].Root, it.Root)
		}
		it.stage = stageName(it.Name, env.Run, env.Step)
		it.aside = it.stage + asideSuffix
		t.items = append(t.items, it)
		if actions.Alters(c.Kind) {
			t.work++
		}
	}
	if len(t.items) == 0 {
		return t, nil
	}
	if env.Memo != nil {
		var err error
		if t.begun, err = env.Memo.Load(&t.memo); err != nil {
			return nil, err
		}
		for _, it := range t.items {
			it.begun = t.begun
		}
	}
	root := t.items[0].Root
	var err error
	if t.tree, err = env.Host.Files.Open(ctx, root); err != nil {
		return nil, wrap("open", root, err)
	}
	if t.link, err = linked(ctx, env.Host, root); err != nil {
		return nil, errors.Join(wrap("look at", root, err), t.close())
	}
	return t, nil
}

func (t *transaction) close() error {
	if t.tree == nil {
		return nil
	}
	return wrap("close", t.items[0].Root, t.tree.Close())
}

// straight is a conflict if the directory has become a link since the plan.
func (t *transaction) straight() error {
	if it := t.items[0]; t.link != "" {
		return it.conflict("its directory %s is a symbolic link to %s now", it.Root, t.link)
	}
	return nil
}

// examine looks at everything, spread over the processors. What fails is kept
// with its item.
func (t *transaction) examine(ctx context.Context) error {
	if err := t.listOwn(ctx); err != nil {
		return err
	}
	return parallel(ctx, len(t.items), func(i int, buf []byte) error {
		it := t.items[i]
		it.err = wrap("look at", it.change.Subject, t.view(it, buf))
		return nil
	})
}

// view looks at the names of one item.
func (t *transaction) view(it *item, buf []byte) (err error) {
	if it.change.Kind == actions.FileKeep {
		it.target, err = t.glance(it, buf)
		return err
	}
	at := it.Name
	if it.Within != "" {
		if at, err = t.carried(it); err != nil {
			return err
		}
	}
	if it.target, err = t.sightOf(it, at, buf); err != nil {
		return err
	}
	if it.Within != "" {
		return nil
	}
	if it.staged, err = t.sightOf(it, it.stage, buf); err != nil {
		return err
	}
	if it.asided, err = t.sightOf(it, it.aside, buf); err != nil {
		return err
	}
	return t.viewDelay(it)
}

// glance looks at something that is left alone. Its size and date are enough
// where they are those of the plan: nothing of it can be lost.
func (t *transaction) glance(it *item, buf []byte) (thing, error) {
	s, err := look(t.tree, it.Name)
	old := it.change.Old
	if err != nil || old == nil || !s.is(typeFile) || s.info.Size() != old.Size {
		return s, err
	}
	if s.info.ModTime().UTC().Format(time.RFC3339Nano) == old.Modified {
		s.sum = old.SHA256
		return s, nil
	}
	s.sum, err = digest(t.tree, it.Name, buf)
	return s, err
}

// carried returns where something is that a removed directory takes along.
func (t *transaction) carried(it *item) (string, error) {
	top, err := look(t.tree, it.Within)
	if err != nil || top.there() {
		return it.Name, err
	}
	it.moved = true
	return path.Join(stageName(it.Within, t.env.Run, t.env.Step), it.Name[len(it.Within):]), nil
}

// wanted returns what a name of the item may stand for.
func (it *item) wanted() []*actions.Facts {
	var facts []*actions.Facts
	for _, f := range []*actions.Facts{it.change.Old, it.change.New} {
		if f != nil {
			facts = append(facts, f)
		}
	}
	return facts
}

// sightOf is sight of a name of an item. What is known by its identity is not
// read.
func (t *transaction) sightOf(it *item, name string, buf []byte) (thing, error) {
	if name != it.Name && t.absent(name) {
		return thing{}, nil
	}
	s, err := look(t.tree, name)
	if err != nil {
		return s, err
	}
	if sum, ok := t.recognise(it, s); ok {
		s.sum = sum
		return s, nil
	}
	return t.sighted(s, name, buf, it.wanted())
}

// sight looks at a name, and at its contents if their size is one of those
// that matter.
func (t *transaction) sight(name string, buf []byte, wanted ...*actions.Facts) (thing, error) {
	s, err := look(t.tree, name)
	if err != nil {
		return s, err
	}
	return t.sighted(s, name, buf, wanted)
}

func (t *transaction) sighted(s thing, name string, buf []byte, wanted []*actions.Facts) (_ thing, err error) {
	if !s.is(typeFile) {
		return s, nil
	}
	for _, f := range wanted {
		if f.Type == typeFile && f.Size == s.info.Size() {
			s.sum, err = digest(t.tree, name, buf)
			return s, err
		}
	}
	return s, nil
}

// fits tells whether a thing has the content that facts tell of.
func (s thing) fits(f *actions.Facts) bool {
	if f == nil {
		return !s.there()
	}
	if !s.is(f.Type) {
		return false
	}
	switch f.Type {
	case typeFile:
		return s.info.Size() == f.Size && s.sum == f.SHA256
	case typeSymlink:
		return s.link == f.Target
	}
	return true
}

// conflict says that somebody else was here.
func (it *item) conflict(format string, args ...any) *actions.ConflictError {
	return &actions.ConflictError{Kind: it.change.Kind, Subject: it.change.Subject, Detail: fmt.Sprintf(format, args...)}
}

// progress counts halves of items: one when it is staged, one when it is in
// its place.
func (t *transaction) progress(halves int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.done / 2
	t.done += halves
	if t.env.Progress != nil && t.done/2 > before {
		t.env.Progress(t.done/2, t.work)
	}
}

// joined returns no error, the only one, or all of them as a *multierror.Error.
func joined(errs []error) error {
	var all *multierror.Error
	for _, err := range errs {
		if err != nil {
			all = multierror.Append(all, err)
		}
	}
	if all != nil && len(all.Errors) == 1 {
		return all.Errors[0]
	}
	return all.ErrorOrNil()
}

// finish closes the transaction after err.
func (t *transaction) finish(err error) error {
	closing := t.close()
	if closing == nil {
		return err
	}
	return multierror.Append(err, closing)
}
