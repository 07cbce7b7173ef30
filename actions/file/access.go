package file

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"syscall"

	"quiesce/actions"
	"quiesce/host"
)

// checkAccess refuses what this user may not do, as far as the host knows
// without trying: it would only be met in the middle of the run.
func (d *draft) checkAccess(ctx context.Context) error {
	accessor, ok := d.tree.(host.Accessor)
	if !ok {
		return nil
	}
	asked := map[string]bool{} // directories, and owners
	missing := map[string]bool{}
	for _, c := range d.Changes {
		var w details
		if err := c.Decode(&w); err != nil {
			return err
		}
		if !actions.Alters(c.Kind) || w.Within != "" {
			continue
		}
		dir := path.Dir(w.Name)
		if c.Kind == actions.FileCreate && c.New.Type == typeDirectory {
			missing[w.Name] = true
		}
		if !missing[dir] && !asked[dir] {
			asked[dir] = true
			if err := d.checkDirectory(accessor, dir); err != nil {
				return err
			}
		}
		if c.New != nil && c.New.Owner != "" && !asked[":"+c.New.Owner] {
			asked[":"+c.New.Owner] = true
			if err := d.checkOwner(accessor, c, dir); err != nil {
				return err
			}
		}
	}
	return context.Cause(ctx)
}

func (d *draft) checkDirectory(accessor host.Accessor, dir string) error {
	err := accessor.Writable(dir)
	switch {
	case errors.Is(err, syscall.EROFS):
		d.Refuse("to", "read-only", "mount it writable", "%s is on a file system that is mounted read-only", d.subject(dir))
		return nil
	case errors.Is(err, fs.ErrPermission):
		d.Refuse("to", "not-writable", "run as a user who may", "this user may not write to %s", d.subject(dir))
		return nil
	case err != nil && !errors.Is(err, errors.ErrUnsupported):
		return wrap("ask for the right to write to", d.subject(dir), err)
	}
	t, err := look(d.tree, dir)
	if err != nil {
		return err
	}
	if a, ok := host.AttributesOf(t.info); ok && a.UID >= 0 && errors.Is(accessor.Givable(a.UID, -1), fs.ErrPermission) {
		d.Warn("to", "times-stay", "", "%s belongs to another user: undo cannot give back its date", d.subject(dir))
	}
	return nil
}

func (d *draft) checkOwner(accessor host.Accessor, c actions.Change, dir string) error {
	uid, gid, err := parseOwner(c.New.Owner)
	if err != nil {
		return err
	}
	if t, err := look(d.tree, dir); err == nil && t.there() && t.info.Mode()&fs.ModeSetgid != 0 {
		if a, ok := host.AttributesOf(t.info); ok && a.GID == gid {
			gid = -1 // new files get this group from their directory
		}
	}
	err = accessor.Givable(uid, gid)
	if errors.Is(err, fs.ErrPermission) {
		d.Refuse("owner", "owner", "run as a user who may, such as root", "this user may not give %s the owner %s", c.Subject, c.New.Owner)
		return nil
	}
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return wrap("ask for the right to give away", c.Subject, err)
}
