package file

import (
	"context"
	"path"

	"quiesce/actions"
	"quiesce/host"
)

// apply makes the rest of all changes, or nothing if somebody else was here.
func (t *transaction) apply(ctx context.Context) error {
	if err := t.straight(); err != nil {
		return err
	}
	if err := t.examine(ctx); err != nil {
		return err
	}
	if err := t.refuse(); err != nil {
		return err
	}
	if t.work == 0 {
		return nil
	}
	if err := t.remember(); err != nil {
		return err
	}
	if err := t.stageAll(ctx); err != nil {
		return err
	}
	if err := t.barrier(ctx, t.unfinished()); err != nil {
		return err
	}
	if err := t.rememberNew(); err != nil {
		return err
	}
	for _, it := range t.unfinished() {
		if err := t.awaitFree(ctx, it); err != nil {
			return err
		}
	}
	if err := t.swapAll(ctx); err != nil {
		return err
	}
	if err := t.closeDirectories(ctx); err != nil {
		return err
	}
	return t.barrier(ctx, nil)
}

// refuse returns every conflict, before anything is touched.
func (t *transaction) refuse() error {
	var errs []error
	for _, it := range t.items {
		errs = append(errs, t.objection(it))
	}
	return joined(errs)
}

func (t *transaction) objection(it *item) error {
	if it.err != nil {
		return it.err
	}
	s := it.state()
	if s.State == actions.Conflict {
		return it.conflict("%s", s.Detail)
	}
	if !actions.Alters(it.change.Kind) || t.begun {
		return nil
	}
	switch {
	case s.State == actions.Done && it.change.Kind == actions.FileCreate:
		return it.conflict("it is there already, with the planned content, but this run did not put it there")
	case it.linkedSince():
		a, _ := host.AttributesOf(it.target.info)
		return it.conflict("it has %d names now (hard links), and the others would keep the old file", a.Links)
	case s.State == actions.NotDone && it.staged.there():
		return it.conflict("the name %s beside it, which this run works under, is taken by %s: move it away", path.Base(it.stage), it.staged)
	case s.State == actions.NotDone && it.asided.there():
		return it.conflict("the name %s beside it, which this run works under, is taken by %s: move it away", path.Base(it.aside), it.asided)
	}
	return nil
}

// linkedSince tells whether the file has got other names since the plan.
func (it *item) linkedSince() bool {
	if it.change.Kind != actions.FileReplace || !it.target.is(typeFile) {
		return false
	}
	a, ok := host.AttributesOf(it.target.info)
	return ok && a.Links > max(it.Names, 1)
}

// deeper looks for what the identity of files does not show: other attributes,
// and something new in a directory that is to go.
func (t *transaction) deeper(ctx context.Context) error {
	if t.begun || len(t.env.Settled) > 0 {
		return nil
	}
	return parallel(ctx, len(t.items), func(i int, _ []byte) error {
		it := t.items[i]
		if it.err != nil || it.Within != "" || it.state().State != actions.NotDone {
			return nil
		}
		switch {
		case it.change.Kind == actions.FileReplace && it.target.is(typeFile):
			_, it.err = t.oldAttributes(it)
		case it.change.Kind == actions.FileRemove && it.target.is(typeDirectory):
			it.err = t.nothingElse(it, it.Name)
		}
		return nil
	})
}

// unfinished returns the items that are not done.
func (t *transaction) unfinished() []*item {
	var items []*item
	for _, it := range t.items {
		if actions.Alters(it.change.Kind) && it.state().State != actions.Done {
			items = append(items, it)
		}
	}
	return items
}

// stageAll makes the new directories and, beside its target, every new file.
func (t *transaction) stageAll(ctx context.Context) error {
	var files []*item
	for _, it := range t.items {
		if !actions.Alters(it.change.Kind) {
			continue
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		switch n := it.change.New; {
		case n != nil && n.Type == typeDirectory:
			if err := t.makeDirectory(it); err != nil {
				return err
			}
			t.progress(2)
		case it.state().State == actions.Done:
			t.progress(2)
		case n == nil:
			t.progress(1)
		default:
			files = append(files, it)
		}
	}
	return t.stageFiles(ctx, files)
}

func (t *transaction) stageFiles(ctx context.Context, files []*item) error {
	if len(files) == 0 {
		return nil
	}
	pack := files[0].Pack
	source, err := t.env.Sources.Open(ctx, pack)
	if err != nil {
		return wrap("open pack", pack, err)
	}
	err = parallel(ctx, len(files), func(i int, buf []byte) error {
		it := files[i]
		if it.Pack != pack {
			return it.conflict("it comes from another pack than the rest, %s", it.Pack)
		}
		if err := t.stageItem(source, it, buf); err != nil {
			return wrap("stage", it.change.Subject, err)
		}
		t.progress(1)
		return nil
	})
	if t.env.Host.Traits.Volatile {
		return err // files in memory may go on referring to the pack: it is closed when nothing does
	}
	if closing := source.Close(); err == nil {
		err = wrap("close pack", pack, closing)
	}
	return err
}
