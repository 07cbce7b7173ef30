package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/afero"

	"quiesce/actions"
	"quiesce/host"
)

// Discard implements actions.Keeper.
func (operator) Discard(ctx context.Context, env *actions.Env, changes []actions.Change) (actions.Discarded, error) {
	t, err := reach(ctx, env, changes)
	if err != nil || t == nil {
		return actions.Discarded{}, err
	}
	d := &discard{transaction: t, told: map[string]bool{}}
	err = t.finish(d.run(ctx))
	return d.out, err
}

// discard is a transaction whose backups are removed.
type discard struct {
	*transaction
	out  actions.Discarded
	told map[string]bool // what stays, and its directories for its sake
}

// backup is a name that the run has kept something under.
type backup struct {
	name string
	thing
	why string // it is not what the run has kept, and stays
	err error
}

func (d *discard) run(ctx context.Context) error {
	found, err := d.find(ctx)
	if err != nil {
		return err
	}
	// The innermost first: a directory goes when nothing is in it.
	slices.SortFunc(found, func(a, b backup) int {
		if c := strings.Compare(path.Dir(b.name), path.Dir(a.name)); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	var errs []error
	for len(found) > 0 {
		dir, n := path.Dir(found[0].name), 1
		for n < len(found) && path.Dir(found[n].name) == dir {
			n++
		}
		errs = append(errs, d.emptyOut(ctx, dir, found[:n]))
		found = found[n:]
	}
	return joined(append(errs, d.barrier(ctx, nil)))
}

// find looks at every name that something may be kept under, and at its
// contents: a name alone proves nothing.
func (d *discard) find(ctx context.Context) ([]backup, error) {
	each := make([][]backup, len(d.items))
	err := parallel(ctx, len(d.items), func(i int, buf []byte) error {
		it := d.items[i]
		for _, name := range d.keptNames(it) {
			s, err := d.sight(name, buf, it.wanted()...)
			if err != nil {
				return wrap("look at the backup", name, err)
			}
			if !s.there() {
				continue
			}
			b := backup{name: name, thing: s, why: d.doubt(it, name, s)}
			if b.err = d.viewDelay(it); b.err == nil && it.delayed {
				b.err = fmt.Errorf("%s takes its place at the next start of the machine: finalize the run after that", it.change.Subject)
			}
			each[i] = append(each[i], b)
		}
		return nil
	})
	return slices.Concat(each...), err
}

// doubt says why a thing is not what the run has kept under this name, or
// "". The old file itself lies there, so its inode is that of the old file; on a
// host in memory things have no such identity.
func (d *discard) doubt(it *item, name string, s thing) string {
	if old := it.change.Old; old != nil && s.fits(old) {
		was, known := d.memo.Old[it.Name]
		a, ok := host.AttributesOf(s.info)
		if known && ok && !d.env.Host.Traits.Volatile && was.Inode != a.Inode {
			return "it is like the old file, but not that very file"
		}
		return ""
	}
	if n := it.change.New; n != nil && n.Type != typeDirectory && s.fits(n) && it.Within == "" {
		return "" // staged by the run, and never placed
	}
	if name == it.stage && d.unstaged() && d.partialOf(it, s) {
		return "" // the copy that the run was cut off in
	}
	return fmt.Sprintf("it is not the old file of %s, but %s", it.change.Subject, s)
}

// unstaged tells whether the run was cut off while it staged. Then nothing was
// placed, and no old file has got the name that its new one is staged under. In
// memory nobody remembers that.
func (d *discard) unstaged() bool {
	return d.begun && len(d.memo.New) == 0 && !d.env.Host.Traits.Volatile
}

// emptyOut removes what was kept in one directory, whose time stays as it was.
func (d *discard) emptyOut(ctx context.Context, dir string, kept []backup) error {
	before, err := look(d.tree, dir)
	if err != nil || !before.there() {
		return err
	}
	if before.info.Mode()&0o300 != 0o300 && isOwn(topOf(dir)) {
		if err := d.tree.Chmod(dir, before.info.Mode()&permissions|0o700); err != nil {
			return wrap("open to writing", d.subject(dir), err)
		}
	}
	var errs []error
	for _, b := range kept {
		if err := context.Cause(ctx); err != nil {
			errs = append(errs, err)
			break
		}
		errs = append(errs, d.drop(b))
	}
	err = d.tree.Chtimes(dir, time.Time{}, before.info.ModTime())
	if errors.Is(err, fs.ErrPermission) {
		err = nil // it belongs to another user
	}
	return joined(append(errs, wrap("give back the time of", d.subject(dir), err)))
}

// topOf returns the outermost name of a path that a run works under, else the
// path itself.
func topOf(name string) string {
	for at, rest, more := "", name, true; more; {
		at, rest, more = strings.Cut(rest, "/")
		if isOwn(at) {
			return at
		}
	}
	return name
}

// drop removes one backup, if it is one and still what was looked at.
func (d *discard) drop(b backup) error {
	if b.err != nil {
		return b.err
	}
	if b.why != "" {
		d.leave(b.name, b.why)
		return nil
	}
	if b.kind == typeDirectory {
		if empty, err := d.empty(b.name); err != nil || !empty {
			return err
		}
	} else {
		now, err := look(d.tree, b.name)
		if err != nil {
			return err
		}
		if !now.there() || !sameFile(identityOf(now.info), identityOf(b.info)) {
			d.leave(b.name, "it was changed this moment")
			return nil
		}
	}
	if err := d.tree.Remove(b.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return wrap("remove the backup", d.subject(b.name), err)
	}
	d.out.Backups++
	d.out.Bytes += allocated(b.thing)
	return nil
}

// empty tells whether nothing is in a directory of a backup, and names what the
// plan did not see there.
func (d *discard) empty(dir string) (bool, error) {
	inside, err := afero.ReadDir(d.tree, dir)
	if err != nil {
		return false, wrap("list the backup", d.subject(dir), err)
	}
	for _, info := range inside {
		if name := path.Join(dir, info.Name()); !d.told[name] {
			d.leave(name, "it came into the backup of a directory later, and the plan does not know it")
		}
	}
	if len(inside) > 0 {
		d.told[dir] = true
	}
	return len(inside) == 0, nil
}

func (d *discard) leave(name, why string) {
	d.told[name] = true
	d.out.Left = append(d.out.Left, d.subject(name)+": "+why)
}

// subject is a name below the root as the host writes it.
func (d *discard) subject(name string) string {
	return d.env.Host.Facts.Flavour().Join(d.items[0].Root, name)
}
