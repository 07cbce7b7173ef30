package file_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/host/memory"
)

// room asks what changes have still to take.
func room(t *testing.T, env *actions.Env, changes []actions.Change, begun bool) []actions.Room {
	t.Helper()
	rooms, err := operator().(actions.Sizer).Room(context.Background(), env, changes, begun)
	if err != nil {
		t.Fatal(err)
	}
	return rooms
}

func wantRoom(t *testing.T, got []actions.Room, want ...actions.Room) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const block = 4096

func TestRoom(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write(b.root, "old.txt", strings.Repeat("o", 3*block), 0o644, early)
	b.write(b.root, "same", "same", 0o644, early)
	b.write(b.root, "gone", "gone", 0o644, early)
	b.params["remove"] = []any{"gone"}
	b.write(b.pack, "same", "same", 0o644, late)
	b.write(b.pack, "old.txt", "n", 0o644, late)                             // 1, beside the old one
	b.write(b.pack, "empty", "", 0o644, late)                                // none
	b.write(b.pack, "dir/whole", strings.Repeat("x", 2*block), 0o644, late)  // 2
	b.write(b.pack, "dir/more", strings.Repeat("x", 2*block+1), 0o644, late) // 3
	b.link(b.pack, "dir/link", "whole")                                      // 1
	b.mkdir(b.pack, "dir/bare")                                              // 1
	// The root has new names, and so has dir: a block each.
	wantRoom(t, room(t, b.env, b.changes(), false), actions.Room{Dir: b.root, Bytes: (8 + 2) * block})
}

// TestRoomIsEnough compares it with what the disk says.
func TestRoomIsEnough(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	for i := range 300 {
		b.write(b.pack, filepath.Join("many", strings.Repeat("long", i%30+1), string(rune('a'+i%26))), strings.Repeat("x", i*97), 0o644, late)
	}
	changes := b.changes()
	room := room(t, b.env, changes, false)[0].Bytes
	before := allocated(t, b.root)
	b.check(b.apply(changes))
	took := allocated(t, b.root) - before
	if took <= 0 {
		t.Skip("this file system does not tell what files take")
	}
	if took > room {
		t.Errorf("it took %d bytes, and %d were asked for", took, room)
	}
}

// allocated adds up what a tree takes on the disk.
func allocated(t *testing.T, root string) (total int64) {
	t.Helper()
	machine, err := newBench(t).env.Host.Files.Open(context.Background(), root)
	if err != nil {
		t.Fatal(err)
	}
	defer machine.Close()
	err = filepath.WalkDir(root, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		info, _, err := machine.LstatIfPossible(filepath.ToSlash(rel))
		if err != nil {
			return err
		}
		a, _ := host.AttributesOf(info)
		total += a.Allocated
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// TestRoomOfTheRest brings one file into every state that an interrupted
// attempt leaves it in.
func TestRoomOfTheRest(t *testing.T) {
	t.Parallel()
	const size, other = 4*block + 1, 6 * block
	for name, test := range map[string]struct {
		make func(b *bench, target, stage string)
		want int64 // blocks of the file; names take one more if there are any
	}{
		"nothing staged": {func(*bench, string, string) {}, 5},
		"half staged": {func(b *bench, _, stage string) {
			b.write(b.root, stage, strings.Repeat("n", 2*block), 0o600, late)
		}, 3},
		"staged": {func(b *bench, _, stage string) {
			b.write(b.root, stage, strings.Repeat("n", size), 0o600, late)
		}, 0},
		"exchanged": {func(b *bench, target, stage string) {
			b.check(os.Rename(filepath.Join(b.root, target), filepath.Join(b.root, stage)))
			b.write(b.root, target, strings.Repeat("n", size), 0o600, late)
		}, 0},
		"renamed aside": {func(b *bench, target, stage string) {
			b.check(os.Rename(filepath.Join(b.root, target), filepath.Join(b.root, stage+".old")))
			b.write(b.root, stage, strings.Repeat("n", size), 0o600, late)
		}, 0},
		"placed": {func(b *bench, target, stage string) {
			b.check(os.Rename(filepath.Join(b.root, target), filepath.Join(b.root, stage+".old")))
			b.write(b.root, target, strings.Repeat("n", size), 0o600, late)
		}, 0},
	} {
		for _, old := range []int{block, size, other} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				b.write(b.root, "f", strings.Repeat("o", old), 0o644, early)
				b.write(b.pack, "f", strings.Repeat("n", size), 0o644, late)
				changes := b.changes()
				wantRoom(t, room(t, b.env, changes, false), actions.Room{Dir: b.root, Bytes: 6 * block})
				test.make(b, "f", b.stageOf("f", changes))
				var want []actions.Room
				if test.want > 0 {
					want = []actions.Room{{Dir: b.root, Bytes: (test.want + 1) * block}}
				}
				wantRoom(t, room(t, b.env, changes, true), want...)
			})
		}
	}
}

// stageOf tries out under which name a file is staged.
func (b *bench) stageOf(name string, changes []actions.Change) string {
	b.t.Helper()
	like := newBench(b.t)
	old, err := os.ReadFile(filepath.Join(b.root, name))
	b.check(err)
	like.write(like.root, name, string(old), 0o644, early)
	like.params["source"] = b.pack
	b.check(like.apply(like.changes()))
	found, err := filepath.Glob(filepath.Join(like.root, ".*"))
	b.check(err)
	if len(found) != 1 || len(changes) != 1 {
		b.t.Fatalf("names of the run: %v", found)
	}
	return strings.TrimSuffix(filepath.Base(found[0]), ".old")
}

// TestRoomByFileSystem mounts another one below the root.
func TestRoomByFileSystem(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.mkdir(b.root, "data/sub")
	for _, name := range []string{"a", "data/b", "data/sub/c", "data/new/d", "new/e"} {
		b.write(b.pack, name, "x", 0o644, late)
	}
	changes := b.changes()
	env := *b.env
	env.Host.Files = mounting{env.Host.Files, "data"}
	// a and e, the folder new in the root; b, c, d and the names in data, sub and new.
	wantRoom(t, room(t, &env, changes, false),
		actions.Room{Dir: b.root, Bytes: (2 + 2) * block}, actions.Room{Dir: filepath.Join(b.root, "data"), Bytes: (3 + 3) * block})
}

// mounting is files with another file system on one directory.
type mounting struct {
	host.Files
	at string
}

func (m mounting) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := m.Files.Open(ctx, dir)
	return mounted{tree, m.at}, err
}

type mounted struct {
	host.Tree
	at string
}

func (m mounted) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	info, ok, err := m.Tree.LstatIfPossible(name)
	if err != nil || name != m.at && !strings.HasPrefix(name, m.at+"/") {
		return info, ok, err
	}
	a, _ := host.AttributesOf(info)
	a.Device++
	return other{info, &a}, ok, nil
}

type other struct {
	fs.FileInfo
	a *host.Attributes
}

func (o other) Sys() any { return o.a }

// TestRoomOnWindows: planning takes nothing, needs no room itself, and names
// directories as the host does.
func TestRoomOnWindows(t *testing.T) {
	t.Parallel()
	d := exchange()
	d.Space = &memory.Space{Free: 2000}
	s := newServer(t, d)
	before := s.describe()
	p := s.proposal()
	rooms := room(t, s.env, p.Changes, false)
	if len(rooms) != 1 || rooms[0].Dir != `C:\exchsrvr` || rooms[0].Bytes < 3*block || rooms[0].Bytes%block != 0 {
		t.Errorf("got %v", rooms)
	}
	if d := cmp.Diff(before, s.describe()); d != "" {
		t.Errorf("planning changed the host:\n%s", d)
	}
}
