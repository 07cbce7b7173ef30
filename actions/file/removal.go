package file

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/afero"

	"quiesce/actions"
	"quiesce/host"
)

// doomed is something of the host that remove matches.
type doomed struct {
	at     string
	there  thing
	stays  bool   // a directory in which something is kept
	within string // the directory that takes it along
	old    content
	locked error // why it cannot be read
}

// removals makes the changes of remove: what the globs match, and what is in
// the directories that they match. What the pack brings stays.
func (d *draft) removals(ctx context.Context) error {
	if len(d.action.remove) == 0 {
		return nil
	}
	brought := map[string]bool{}
	for _, q := range d.places {
		brought[d.flavour.Key(q.at)] = true
	}
	var list []*doomed
	if _, err := d.findDoomed(".", false, brought, &list); err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(r *doomed) bool { return r.stays })
	settle(list)
	if err := parallel(ctx, len(list), func(i int, buf []byte) error {
		r := list[i]
		var err error
		if r.there.sum, err = sumThere(d.tree, r.at, r.there, buf); errors.Is(err, host.ErrInUse) {
			r.locked = err
			return nil
		}
		if err != nil {
			return wrap("read what is in", d.root, err)
		}
		v, err := versionThere(d.tree, r.at, r.there)
		r.old = contentOf(r.there, v)
		return wrap("read what is in", d.root, err)
	}); err != nil {
		return err
	}
	for _, r := range list {
		if r.locked != nil {
			if err := d.refuseLocked("remove", r.at); err != nil {
				return err
			}
			continue
		}
		c, err := d.removalOf(r)
		if err != nil {
			return err
		}
		d.Changes = append(d.Changes, c)
	}
	return nil
}

// findDoomed gathers what is below dir, a directory before what is in it, and
// tells whether all of it goes.
func (d *draft) findDoomed(dir string, matched bool, brought map[string]bool, list *[]*doomed) (all bool, err error) {
	infos, err := afero.ReadDir(d.tree, dir)
	if err != nil {
		return false, wrap("list", d.subject(dir), err)
	}
	all = true
	globs := insideOnly(d.action.remove)
	for _, info := range infos {
		at := path.Join(dir, info.Name())
		if isOwn(at) {
			all = false
			continue
		}
		goes, err := d.condemn(at, info, matched || matches(globs, at, d.flavour), brought, list)
		if err != nil {
			return false, err
		}
		all = all && goes
	}
	return all, nil
}

// insideOnly makes cache/** mean what is in cache, not the directory itself.
func insideOnly(globs []string) []string {
	out := slices.Clone(globs)
	for i, g := range out {
		if strings.HasSuffix(g, "/**") || strings.HasSuffix(g, `\**`) {
			out[i] = g + "/*"
		}
	}
	return out
}

// condemn looks at one name and what is below it.
func (d *draft) condemn(at string, info fs.FileInfo, matched bool, brought map[string]bool, list *[]*doomed) (goes bool, err error) {
	t, err := seen(d.tree, at, info)
	if err != nil {
		return false, err
	}
	r := &doomed{at: at, there: t}
	goes = matched && !brought[d.flavour.Key(at)]
	if goes && (t.kind == typeOther || !utf8.ValidString(info.Name())) {
		d.Refuse("remove", "special-file", "remove it by hand, or let no glob match it",
			"%q cannot be removed: it is a device, a socket or a pipe, or its name is not UTF-8", d.subject(at))
		goes = false
	}
	if goes {
		*list = append(*list, r)
	}
	if t.kind != typeDirectory {
		return goes, nil
	}
	all, err := d.findDoomed(at, matched, brought, list)
	r.stays = !all
	return goes && all, err
}

// settle finds the topmost removed directory of everything that goes: it takes
// along what is in it, by one rename.
func settle(list []*doomed) {
	tops := map[string]string{}
	for _, r := range list {
		if top, ok := tops[path.Dir(r.at)]; ok {
			r.within = top
		}
		if r.there.kind == typeDirectory {
			tops[r.at] = r.at
			if r.within != "" {
				tops[r.at] = r.within
			}
		}
	}
}

func (d *draft) removalOf(r *doomed) (actions.Change, error) {
	old := r.old.facts
	d.identify(&old, r.there)
	c := actions.Change{
		Kind: actions.FileRemove, Subject: d.subject(r.at), Fidelity: actions.Exact, Rule: ruleListed,
		Reason: "listed for removal", Old: &old, Undo: undoOf(actions.FileRemove, r.there.kind),
	}
	return c, c.Encode(details{Root: d.root, Name: r.at, Within: r.within, InUse: d.action.inUse})
}
