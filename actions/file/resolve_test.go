package file_test

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/host/fault"
)

// dispute is a conflict, a decision on it, and what comes of that.
type dispute struct {
	applied  bool           // the run has made its changes before
	do       func(b *bench) // what somebody else does, which leaves "mine" somewhere
	on       string         // what is decided on
	decision actions.Decision
	back     bool
	refused  string            // why it cannot be
	want     map[string]string // what is there then, but for what others have
	undone   map[string]string // and once the run is taken back, of a way on
}

const (
	keep = actions.KeepTheirs
	take = actions.TakeOurs
)

// puts makes somebody write "mine".
func puts(name string) func(*bench) {
	return func(b *bench) {
		b.check(os.MkdirAll(filepath.Dir(filepath.Join(b.root, name)), 0o755))
		b.check(os.WriteFile(filepath.Join(b.root, name), []byte("mine"), 0o600))
	}
}

func backupOf(name string, do func(b *bench, at string)) func(*bench) {
	return func(b *bench) { do(b, b.backup(name)) }
}

func drops(b *bench, at string) { b.check(os.RemoveAll(at)) }
func edits(b *bench, at string) { b.check(os.WriteFile(at, []byte("mine"), 0o600)) }

var disputes = map[string]dispute{
	// Back.
	"back: a replaced file was edited, ours":   {true, puts("a.conf"), "a.conf", take, true, "", map[string]string{"a.conf.theirs": "mine"}, nil},
	"back: a replaced file was edited, theirs": {true, puts("a.conf"), "a.conf", keep, true, "", map[string]string{"a.conf": "mine", ".a.conf.quiesce": "old"}, nil},
	"back: a replaced file is a directory now, ours": {true, func(b *bench) {
		b.check(os.Remove(filepath.Join(b.root, "a.conf")))
		puts("a.conf/x")(b)
	}, "a.conf", take, true, "", map[string]string{"a.conf.theirs/x": "mine"}, nil},
	"back: a new file was edited, ours":              {true, puts("made/new.txt"), "made/new.txt", take, true, "", map[string]string{"made/new.txt.theirs": "mine"}, nil},
	"back: a new file was edited, theirs":            {true, puts("made/new.txt"), "made/new.txt", keep, true, "", map[string]string{"made/new.txt": "mine"}, nil},
	"back: a stranger in a new directory, ours":      {true, puts("made/x"), "made", take, true, "", map[string]string{"made.theirs/x": "mine"}, nil},
	"back: a stranger in a new directory, theirs":    {true, puts("made/x"), "made", keep, true, "", map[string]string{"made/x": "mine"}, nil},
	"back: a removed file is there again, ours":      {true, puts("gone.txt"), "gone.txt", take, true, "", map[string]string{"gone.txt.theirs": "mine"}, nil},
	"back: a removed file is there again, theirs":    {true, puts("gone.txt"), "gone.txt", keep, true, "", map[string]string{"gone.txt": "mine", ".gone.txt.quiesce": "gone"}, nil},
	"back: a removed directory is there again, ours": {true, puts("old/x"), "old", take, true, "", map[string]string{"old.theirs/x": "mine"}, nil},
	"back: a removed directory is there again, theirs": {true, puts("old/x"), "old", keep, true, "",
		map[string]string{"old/x": "mine", "old/in.txt": "", ".old.quiesce/in.txt": "in"}, nil},
	"back: a backup was edited, ours":    {true, backupOf("a.conf", edits), "a.conf", take, true, "it is not at", nil, nil},
	"back: a backup was edited, theirs":  {true, backupOf("a.conf", edits), "a.conf", keep, true, "", map[string]string{"a.conf": "new", ".a.conf.quiesce": "mine"}, nil},
	"back: a backup was removed, ours":   {true, backupOf("gone.txt", drops), "gone.txt", take, true, "it is not at", nil, nil},
	"back: a backup was removed, theirs": {true, backupOf("a.conf", drops), "a.conf", keep, true, "", map[string]string{"a.conf": "new"}, nil},

	// On, before the run came to it.
	"on: the file was edited before, ours":   {false, puts("a.conf"), "a.conf", take, false, "", map[string]string{".a.conf.quiesce": "", "a.conf.theirs": "mine"}, map[string]string{"a.conf": "mine"}},
	"on: the file was edited before, theirs": {false, puts("a.conf"), "a.conf", keep, false, "", map[string]string{".a.conf.quiesce": "", "a.conf": "mine"}, map[string]string{"a.conf": "mine"}},
	"on: the file was removed before, ours": {false, func(b *bench) { b.check(os.Remove(filepath.Join(b.root, "a.conf"))) }, "a.conf", take, false, "",
		map[string]string{".a.conf.quiesce": ""}, map[string]string{"a.conf": ""}},
	"on: the file was removed before, theirs": {false, func(b *bench) { b.check(os.Remove(filepath.Join(b.root, "a.conf"))) }, "a.conf", keep, false, "",
		map[string]string{".a.conf.quiesce": "", "a.conf": ""}, map[string]string{"a.conf": ""}},
	"on: the new file's name is taken, ours":   {false, puts("top.txt"), "top.txt", take, false, "", map[string]string{"top.txt.theirs": "mine"}, map[string]string{"top.txt": "mine"}},
	"on: the new file's name is taken, theirs": {false, puts("top.txt"), "top.txt", keep, false, "", map[string]string{"top.txt": "mine"}, map[string]string{"top.txt": "mine"}},
	"on: the new file is there by somebody else": {false, func(b *bench) { b.write(b.root, "top.txt", "top", 0o644, late) }, "top.txt", take, false,
		"what the plan brings", nil, nil},
	"on: what is to be removed was edited, ours":   {false, puts("gone.txt"), "gone.txt", take, false, "", map[string]string{".gone.txt.quiesce": "", "gone.txt.theirs": "mine"}, map[string]string{"gone.txt": "mine"}},
	"on: what is to be removed was edited, theirs": {false, puts("gone.txt"), "gone.txt", keep, false, "", map[string]string{".gone.txt.quiesce": "", "gone.txt": "mine"}, map[string]string{"gone.txt": "mine"}},
	"on: something in a removed directory was edited, ours": {false, puts("old/in.txt"), "old/in.txt", take, false, "",
		map[string]string{".old.quiesce/in.txt": "", "in.txt.theirs": "mine"}, map[string]string{"old/in.txt": "mine"}},
	"on: what is left alone was edited, ours":   {false, puts("same.txt"), "same.txt", take, false, "leaves it alone", nil, nil},
	"on: what is left alone was edited, theirs": {false, puts("same.txt"), "same.txt", keep, false, "", map[string]string{"same.txt": "mine"}, map[string]string{"same.txt": "mine"}},

	// On, when the run was cut off after its changes.
	"on: the new file was edited, ours":   {true, puts("a.conf"), "a.conf", take, false, "", map[string]string{"a.conf.theirs": "mine", ".a.conf.quiesce": "", ".a.conf.quiesce.old": "old"}, map[string]string{"a.conf.theirs": "mine"}},
	"on: the new file was edited, theirs": {true, puts("a.conf"), "a.conf", keep, false, "", map[string]string{"a.conf": "mine"}, map[string]string{"a.conf": "mine", ".a.conf.quiesce": "old"}},
	"on: the new file was removed, ours": {true, func(b *bench) { b.check(os.Remove(filepath.Join(b.root, "a.conf"))) }, "a.conf", take, false, "",
		map[string]string{".a.conf.quiesce": "", ".a.conf.quiesce.old": "old"}, nil},
	"on: the backup was edited, ours":  {true, backupOf("a.conf", edits), "a.conf", take, false, "", map[string]string{"a.conf.theirs": "mine", ".a.conf.quiesce": ""}, map[string]string{"a.conf": "mine"}},
	"on: the backup was removed, ours": {true, backupOf("a.conf", drops), "a.conf", take, false, "no way back", nil, nil},
	"on: the removed file is there again, ours": {true, puts("gone.txt"), "gone.txt", take, false, "",
		map[string]string{"gone.txt.theirs": "mine"}, map[string]string{"gone.txt.theirs": "mine"}},
}

func (d dispute) bench(t *testing.T) (*bench, []actions.Change) {
	b := newBench(t)
	for name, text := range map[string]string{"a.conf": "old", "gone.txt": "gone", "old/in.txt": "in", "same.txt": "same"} {
		b.write(b.root, name, text, 0o644, early)
	}
	for name, text := range map[string]string{"a.conf": "new", "top.txt": "top", "made/new.txt": "made", "same.txt": "same"} {
		b.write(b.pack, name, text, 0o644, late)
	}
	b.params["overwrite"], b.params["remove"] = "if-different", []any{"gone.txt", "old"}
	changes := b.changes()
	if d.applied {
		b.check(b.apply(changes))
	}
	return b, changes
}

// start and end are what the run finds and leaves, its backups included.
func start() map[string]string {
	return map[string]string{"a.conf": "old", "gone.txt": "gone", "old/in.txt": "in", "same.txt": "same"}
}

func end() map[string]string {
	return map[string]string{
		"a.conf": "new", "top.txt": "top", "made/new.txt": "made", "same.txt": "same",
		".a.conf.quiesce": "old", ".gone.txt.quiesce": "gone", ".old.quiesce/in.txt": "in",
	}
}

// texts is every file below the root with its content, the run and the step
// left out of the names.
func (b *bench) texts() map[string]string {
	b.t.Helper()
	all := map[string]string{}
	b.check(filepath.WalkDir(b.root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(b.root, p)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(p)
		for _, mark := range []string{".quiesce", ".theirs"} {
			before, after, ok := strings.Cut(rel, mark+"-"+b.env.Run)
			if ok {
				_, rest, in := strings.Cut(after, "/")
				rel = before + mark
				if strings.HasSuffix(after, ".old") {
					rel += ".old"
				}
				if in {
					rel += "/" + rest
				}
			}
		}
		all[rel] = string(data)
		return err
	}))
	return all
}

func sum(base, other map[string]string) map[string]string {
	all := maps.Clone(base)
	maps.Copy(all, other)
	maps.DeleteFunc(all, func(_, text string) bool { return text == "" })
	return all
}

func (b *bench) settle(changes []actions.Change, d dispute) error {
	b.t.Helper()
	r := operator().(actions.Resolver)
	before := b.tree()
	clashes, err := r.Conflicts(context.Background(), b.env, changes, d.back)
	b.check(err)
	var found error
	named := 0
	for i, c := range changes {
		if clashes[i] == nil {
			continue
		}
		if c.Subject != filepath.Join(b.root, d.on) {
			b.t.Errorf("%s is in conflict, too: %v", c.Subject, clashes[i])
			continue
		}
		named++
		s, err := r.Settle(context.Background(), b.env, c, d.decision, d.back)
		if found = err; err == nil {
			b.env.Settled = map[string]actions.Settlement{c.Subject: s}
		}
	}
	if named != 1 {
		b.t.Fatalf("%s is not in conflict", d.on)
	}
	b.sameTree("deciding changes nothing", before)
	return found
}

func (b *bench) move(changes []actions.Change, back bool) error {
	if back {
		return b.undo(changes)
	}
	return b.apply(changes)
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for name, d := range disputes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, changes := d.bench(t)
			d.do(b)
			if err := b.move(changes, d.back); err == nil && !d.back {
				t.Error("it is no conflict without a decision")
			}
			err := b.settle(changes, d)
			if d.refused != "" {
				if err == nil || !strings.Contains(err.Error(), d.refused) || !strings.Contains(err.Error(), "--keep-theirs") {
					t.Errorf("decided: %v, want that it is refused: %s", err, d.refused)
				}
				return
			}
			b.check(err)
			for range 2 {
				b.check(b.move(changes, d.back))
				base := end()
				if d.back {
					base = start()
				}
				if diff := cmp.Diff(sum(base, d.want), b.texts()); diff != "" {
					t.Fatal(diff)
				}
			}
			if d.back {
				return
			}
			b.check(b.undo(changes))
			if diff := cmp.Diff(sum(start(), d.undone), b.texts()); diff != "" {
				t.Errorf("taken back: %s", diff)
			}
		})
	}
}

// A decision is carried out to its end whatever fails on the way, and what
// somebody else made is there at every moment.
func TestSettleFaults(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"back: a replaced file was edited, ours", "back: a stranger in a new directory, ours", "back: a removed directory is there again, ours",
		"on: the file was edited before, ours", "on: the new file was edited, ours", "on: the backup was edited, ours",
	} {
		d := disputes[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n, failed := 1, true; failed; n++ {
				b, changes := d.bench(t)
				d.do(b)
				mine := strings.Count(strings.Join(values(b.texts()), " "), "mine")
				b.check(b.settle(changes, d))
				real := b.env.Host
				counter := &fault.Counter{}
				b.env.Host = fault.New(real, fault.Plan{Nth: n, Lasting: n%2 == 0, Counter: counter})
				err := b.move(changes, d.back)
				failed = counter.Failed() > 0
				if got := strings.Count(strings.Join(values(b.texts()), " "), "mine"); got != mine {
					t.Fatalf("%d %s: what somebody else made is gone: %v", n, counter.Last(), b.texts())
				}
				b.env.Host = real
				b.check(b.move(changes, d.back))
				base := end()
				if d.back {
					base = start()
				}
				got, want := b.texts(), sum(base, d.want)
				settleNames(got) // which of its two names a backup has depends on where it was cut off
				settleNames(want)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%d %s (%v): %s", n, counter.Last(), err, diff)
				}
			}
		})
	}
}

func settleNames(texts map[string]string) {
	for name, text := range texts {
		if short, ok := strings.CutSuffix(name, ".old"); ok {
			delete(texts, name)
			texts[short] = text
		}
	}
}

func values(m map[string]string) []string {
	var all []string
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// Who takes away what has given way does not make a repeated recovery take its
// own file for theirs.
func TestTheirsTakenAway(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"back: a replaced file was edited, ours", "on: the file was edited before, ours", "on: the new file was edited, ours"} {
		d := disputes[name]
		b, changes := d.bench(t)
		d.do(b)
		b.check(b.settle(changes, d))
		b.check(b.move(changes, d.back))
		theirs, err := filepath.Glob(filepath.Join(b.root, "*.theirs-*"))
		b.check(err)
		if len(theirs) != 1 {
			t.Fatalf("%s: %q", name, theirs)
		}
		b.check(os.Remove(theirs[0]))
		want := b.texts()
		b.check(b.move(changes, d.back))
		if diff := cmp.Diff(want, b.texts()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
