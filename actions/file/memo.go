package file

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"reflect"
	"strconv"
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
	// New is that of the new ones. It is not needed: what is missing is told by
	// its content.
	New map[string]identity `json:"new,omitempty"`
}

// identity is what a file is besides its content.
type identity struct {
	Device   uint64
	Inode    uint64
	Links    uint64
	Mode     fs.FileMode
	UID      int
	GID      int
	Size     int64
	Modified time.Time
}

// MarshalJSON writes a list of numbers, the time in nanoseconds since 1970: a
// step has one for each of its files.
func (i identity) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 96), '[')
	for _, n := range [...]uint64{i.Device, i.Inode, i.Links, uint64(i.Mode)} {
		b = append(strconv.AppendUint(b, n, 10), ',')
	}
	for _, n := range [...]int64{int64(i.UID), int64(i.GID), i.Size, i.Modified.Unix(), int64(i.Modified.Nanosecond())} {
		b = append(strconv.AppendInt(b, n, 10), ',')
	}
	b[len(b)-1] = ']'
	return b, nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *identity) UnmarshalJSON(data []byte) error {
	var n [9]json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return err
	}
	var errs [9]error
	unsigned := func(at int) (v uint64) { v, errs[at] = strconv.ParseUint(string(n[at]), 10, 64); return v }
	signed := func(at int) (v int64) { v, errs[at] = n[at].Int64(); return v }
	*i = identity{
		Device: unsigned(0), Inode: unsigned(1), Links: unsigned(2), Mode: fs.FileMode(unsigned(3)),
		UID: int(signed(4)), GID: int(signed(5)), Size: signed(6), Modified: time.Unix(signed(7), signed(8)).UTC(),
	}
	return errors.Join(errs[:]...)
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
	next := memo{Dirs: map[string]time.Time{}, Old: map[string]identity{}, New: map[string]identity{}}
	made := map[string]bool{}
	for _, it := range t.items {
		if !actions.Alters(it.change.Kind) || it.Within != "" {
			continue
		}
		if it.change.Kind == actions.FileCreate && it.change.New.Type == typeDirectory {
			made[it.Name] = true
		}
		// What is staged anew is partial first, and must not count as whole.
		if was, ok := t.memo.New[it.Name]; ok && (it.target.fits(it.change.New) || it.staged.fits(it.change.New)) {
			next.New[it.Name] = was
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
	if len(next.New) == 0 {
		next.New = nil // as it is read
	}
	if t.begun && reflect.DeepEqual(next, t.memo) {
		return nil
	}
	t.memo = next
	return wrap("save the memo of", t.items[0].Root, t.env.Memo.Save(next))
}

// rememberNew saves by what the staged files are known again, once their
// contents are durable: before, a power cut could leave a file with size and
// date of the new one and other contents. Hosts in memory have no identities
// that outlive the process.
func (t *transaction) rememberNew() error {
	if t.env.Host.Traits.Volatile {
		return nil
	}
	now := make(map[string]identity, len(t.items))
	for _, it := range t.items {
		if n := it.change.New; n != nil && it.staged.is(typeFile) && it.staged.fits(n) {
			now[it.Name] = identityOf(it.staged.info)
		}
	}
	if len(now) == 0 {
		return nil
	}
	t.memo.New = now
	return wrap("save the memo of", t.items[0].Root, t.env.Memo.Save(t.memo))
}

// recognise returns the digest of a file that is known by its identity.
func (t *transaction) recognise(it *item, s thing) (sum string, ok bool) {
	if t.env.Host.Traits.Volatile || !t.begun || !s.is(typeFile) {
		return "", false
	}
	now := identityOf(s.info)
	if was, known := t.memo.Old[it.Name]; known && it.change.Old != nil && sameFile(was, now) {
		return it.change.Old.SHA256, true
	}
	if was, known := t.memo.New[it.Name]; known && it.change.New != nil && sameFile(was, now) {
		return it.change.New.SHA256, true
	}
	return "", false
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
