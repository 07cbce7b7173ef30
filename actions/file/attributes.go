package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"quiesce/actions"
	"quiesce/host"
)

// What becomes of the extended attributes of a replaced file, its ACL, label
// and capabilities among them.
const (
	attributesKeep = "keep"
	attributesDrop = "drop"
)

// belongsToFile tells whether an attribute says something of the file that its
// name stands for, whatever its content. Those of the integrity measurement
// are of the content, those of an overlay file system of the very inode.
func belongsToFile(attr string) bool {
	return attr != "security.ima" && attr != "security.evm" &&
		!strings.HasPrefix(attr, "trusted.overlay.") && !strings.HasPrefix(attr, "user.overlay.")
}

// attributesOf returns the attributes of a file that belong to it. Who cannot
// tell is ErrUnsupported.
func attributesOf(tree host.Tree, name string) (map[string][]byte, error) {
	a, ok := tree.(host.Attributor)
	if !ok {
		return nil, fmt.Errorf("list attributes of %s: %w", name, errors.ErrUnsupported)
	}
	all, err := a.Xattrs(name)
	maps.DeleteFunc(all, func(attr string, _ []byte) bool { return !belongsToFile(attr) })
	return all, err
}

// digests returns the SHA-256 of each value: a plan need not show what others
// have noted.
func digests(attrs map[string][]byte) map[string]string {
	var sums map[string]string
	for attr, value := range attrs {
		if sums == nil {
			sums = map[string]string{}
		}
		sum := sha256.Sum256(value)
		sums[attr] = hex.EncodeToString(sum[:])
	}
	return sums
}

// readAttributes finds what the files that are to be replaced have beside
// owner and mode.
func (d *draft) readAttributes(ctx context.Context, verdicts []verdict) error {
	if d.flavour == host.Windows {
		return nil
	}
	var files []*place
	for i, q := range d.places {
		if verdicts[i].kind == actions.FileReplace && q.kind == typeFile {
			files = append(files, q)
		}
	}
	blind := make([]bool, len(files))
	err := parallel(ctx, len(files), func(i int, _ []byte) (err error) {
		q := files[i]
		q.attributes, err = attributesOf(d.tree, q.at)
		if blind[i] = errors.Is(err, errors.ErrUnsupported); blind[i] {
			return nil
		}
		return wrap("read what is in", d.root, err)
	})
	if err != nil {
		return err
	}
	if i := slices.Index(blind, true); i >= 0 && d.action.attributes == attributesKeep {
		d.Warn("attributes", "cannot-tell", "look at it with getfacl and getfattr, and give it to the new file yourself",
			"cannot tell whether %s has an ACL or other attributes: the new file gets none", d.subject(files[i].at))
	}
	return d.checkAttributes(files)
}

// checkAttributes refuses what this user may not give to a new file.
func (d *draft) checkAttributes(files []*place) error {
	having := map[string][]*place{}
	for _, q := range files {
		for attr := range q.attributes {
			having[attr] = append(having[attr], q)
		}
	}
	a, ok := d.tree.(host.Attributor)
	if !ok || d.action.attributes == attributesDrop {
		return nil
	}
	for _, attr := range slices.Sorted(maps.Keys(having)) {
		err := a.Settable(attr)
		if err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errors.ErrUnsupported) {
			return wrap("ask for the right to set", attr, err)
		}
		if err == nil || errors.Is(err, errors.ErrUnsupported) {
			continue
		}
		others := ""
		if n := len(having[attr]) - 1; n > 0 {
			others = fmt.Sprintf(" and %d more", n)
		}
		d.Refuse("attributes", "attributes", "run as a user who may, such as root, or use attributes: drop",
			"this user may not give %s to a new file, and the old %s has it%s", attr, d.subject(having[attr][0].at), others)
	}
	return nil
}

// carry notes in a change what the new file gets of the old one.
func (d *draft) carry(c *actions.Change, w *details, q *place) {
	verb := "keeps"
	if d.action.attributes == attributesDrop {
		verb, w.Drop = "loses", true
	} else {
		w.Attributes = digests(q.attributes)
	}
	if what := attributesText(q.attributes); what != "" {
		c.Reason += "; " + verb + " its " + what
	}
}

// attributesText names attributes for people. A label is left out: where there
// are labels, everything has one.
func attributesText(attrs map[string][]byte) string {
	var words []string
	others := 0
	for _, attr := range slices.Sorted(maps.Keys(attrs)) {
		switch {
		case attr == "security.selinux" || strings.HasPrefix(attr, "security.SMACK64"):
		case attr == host.AccessACL || strings.HasSuffix(attr, "_acl"):
			words = append(words, "ACL")
		case attr == host.Capabilities:
			words = append(words, "capabilities")
		default:
			others++
		}
	}
	slices.Sort(words)
	switch {
	case others == 1:
		words = append(words, "extended attribute")
	case others > 1:
		words = append(words, fmt.Sprintf("%d extended attributes", others))
	}
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " and " + words[last]
	}
	return strings.Join(words, "")
}

// giveMetadata gives a staged file owner, mode and extended attributes: those
// that the plan names, else those of the old file. A change of owner takes
// capabilities away, so that it comes first. An ACL comes before the mode: the
// group bits of a mode that belongs to an ACL would for a moment give to the
// group what only the users in the ACL may have.
func (t *transaction) giveMetadata(info fs.FileInfo, it *item) error {
	old, err := t.oldAttributes(it)
	if err != nil {
		return err
	}
	if err := t.disinherit(it, old); err != nil {
		return err
	}
	if len(old) == 0 {
		return t.giveRights(it.stage, info, it)
	}
	uid, gid, mode, err := t.rights(info, it)
	if err != nil {
		return err
	}
	if _, err := t.giveOwner(it.stage, info, uid, gid); err != nil {
		return err
	}
	if err := t.giveAttributes(it, old, mode); err != nil {
		return err
	}
	return t.tree.Chmod(it.stage, mode)
}

// giveOwner sets the owner if it is another one.
func (t *transaction) giveOwner(name string, info fs.FileInfo, uid, gid int) (given bool, err error) {
	a, ok := host.AttributesOf(info)
	if !ok || uid < 0 || a.UID == uid && a.GID == gid {
		return false, nil
	}
	return true, t.tree.Chown(name, uid, gid)
}

// oldAttributes returns what the new file gets, and is a conflict if it is not
// what the plan saw.
func (t *transaction) oldAttributes(it *item) (map[string][]byte, error) {
	if it.change.Kind != actions.FileReplace || it.Drop {
		return nil, nil
	}
	name := it.Name
	if !it.target.there() { // interrupted between renaming it aside and placing the new one
		name = it.aside
	}
	now, err := attributesOf(t.tree, name)
	if errors.Is(err, errors.ErrUnsupported) && len(it.Attributes) == 0 {
		return nil, nil // so it was when planning, and the plan warns of it
	}
	if err != nil {
		return nil, wrap("keep the attributes of", it.change.Subject, err)
	}
	if what := difference(it.Attributes, digests(now)); what != "" {
		return nil, it.conflict("it does not have the attributes that the plan saw: %s", what)
	}
	return now, nil
}

// difference tells the first attribute that is not as planned, or "".
func difference(planned, now map[string]string) string {
	all := maps.Clone(planned)
	if all == nil && len(now) > 0 {
		all = map[string]string{}
	}
	maps.Copy(all, now)
	for _, attr := range slices.Sorted(maps.Keys(all)) {
		_, was := planned[attr]
		_, is := now[attr]
		switch {
		case !was:
			return attr + " is new"
		case !is:
			return attr + " is gone"
		case planned[attr] != now[attr]:
			return attr + " is another one"
		}
	}
	return ""
}

// disinherit takes from a staged file the ACL that its directory gives to what
// is made in it, where the old file has none.
func (t *transaction) disinherit(it *item, old map[string][]byte) error {
	a, ok := t.tree.(host.Attributor)
	if !ok || it.change.Kind != actions.FileReplace || it.Drop || old[host.AccessACL] != nil {
		return nil
	}
	dir := path.Dir(it.Name)
	gives, known := t.acls.Load(dir)
	if !known {
		all, err := a.Xattrs(dir)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return wrap("look for an ACL of", dir, err)
		}
		gives = all[host.DefaultACL] != nil
		t.acls.Store(dir, gives)
	}
	if gives != true {
		return nil
	}
	return wrap("take the inherited ACL from", it.stage, a.RemoveXattr(it.stage, host.AccessACL))
}

// giveAttributes sets those that the staged file has not got already: a label
// often comes by itself, and may not be set by everybody.
func (t *transaction) giveAttributes(it *item, old map[string][]byte, mode fs.FileMode) error {
	a := t.tree.(host.Attributor) // else nothing is known of the old ones
	there, err := a.Xattrs(it.stage)
	if err != nil {
		return err
	}
	for _, attr := range slices.Sorted(maps.Keys(old)) {
		value := old[attr]
		if attr == host.AccessACL {
			if value, err = host.ACLWithMode(value, mode); err != nil {
				return wrap("read the ACL of", it.change.Subject, err)
			}
		}
		if was, ok := there[attr]; ok && bytes.Equal(was, value) {
			continue
		}
		if err := a.SetXattr(it.stage, attr, value); err != nil {
			return fmt.Errorf("keep %s of %s: %w", attr, it.change.Subject, err)
		}
	}
	return nil
}
