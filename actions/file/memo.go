package file

import (
	"errors"
	"io/fs"
	"path"
	"reflect"
	"time"

	"quiesce/actions"
	"quiesce/host"
)

// memo is what undo needs and the plan does not say. It is durable before
// anything is changed.
type memo struct {
	// Dirs are the times of the directories that get other names in them.
	Dirs map[string]time.Time `json:"dirs"`
	// Old is what the old files were besides their content.
	Old map[string]identity `json:"old"`
}

// identity is what a file is besides its content.
type identity struct {
	Device   uint64      `json:"device"`
	Inode    uint64      `json:"inode"`
	Links    uint64      `json:"links"`
	Mode     fs.FileMode `json:"mode"`
	UID      int         `json:"uid"`
	GID      int         `json:"gid"`
	Size     int64       `json:"size"`
	Modified time.Time   `json:"modified"`
}

func identityOf(info fs.FileInfo) identity {
	a, _ := host.AttributesOf(info)
	return identity{a.Device, a.Inode, a.Links, info.Mode(), a.UID, a.GID, info.Size(), info.ModTime().Round(0).UTC()}
}

// sameFile tells whether two looks saw one file with nothing written to it in
// between.
func sameFile(a, b identity) bool {
	return a.Device == b.Device && a.Inode == b.Inode && a.Size == b.Size && a.Modified.Equal(b.Modified)
}

// remember saves the memo, unless an earlier attempt has saved all that is in it.
func (t *transaction) remember() error {
	if t.env.Memo == nil {
		return errors.New("change files without a memo: nothing could be undone")
	}
	next := memo{Dirs: map[string]time.Time{}, Old: map[string]identity{}}
	made := map[string]bool{}
	for _, it := range t.items {
		if !actions.Alters(it.change.Kind) || it.Within != "" {
			continue
		}
		if it.change.Kind == actions.FileCreate && it.change.New.Type == typeDirectory {
			made[it.Name] = true
		}
		if err := t.rememberDir(&next, it, made); err != nil {
			return err
		}
		if it.change.Old != nil && it.target.fits(it.change.Old) {
			next.Old[it.Name] = identityOf(it.target.info)
		} else if old, ok := t.memo.Old[it.Name]; ok {
			next.Old[it.Name] = old
		}
	}
	if t.begun && reflect.DeepEqual(next, t.memo) {
		return nil
	}
	t.memo = next
	return wrap("save the memo of", t.items[0].Root, t.env.Memo.Save(next))
}

// rememberDir notes the time of the directory that an item is in, if it is not
// one that the transaction makes.
func (t *transaction) rememberDir(next *memo, it *item, made map[string]bool) error {
	dir := path.Dir(it.Name)
	if _, known := next.Dirs[dir]; known || made[dir] {
		return nil
	}
	if before, ok := t.memo.Dirs[dir]; ok {
		next.Dirs[dir] = before
		return nil
	}
	d, err := look(t.tree, dir)
	if err != nil {
		return err
	}
	if !d.is(typeDirectory) {
		return it.conflict("its directory %s is %s now", dir, d)
	}
	next.Dirs[dir] = d.info.ModTime().Round(0).UTC()
	return nil
}
