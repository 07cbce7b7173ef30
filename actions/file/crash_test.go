package file_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/host/crash"
)

// everything is a server and a pack with something of every kind.
func everything() (server, pack []crash.File, params map[string]any) {
	return []crash.File{
			{Name: "srv", Dir: true, Mode: 0o755, Modified: early},
			{Name: "srv/bin", Dir: true, Mode: 0o750, UID: 3, GID: 4, Modified: early.Add(time.Hour)},
			{Name: "srv/bin/store", Data: "old store", Mode: 0o711 | fs.ModeSetuid, UID: 12, GID: 34, Modified: early},
			{Name: "srv/bin/kept", Data: "newer there", Mode: 0o644, Modified: late.Add(time.Hour)},
			{Name: "srv/conf", Data: "old conf", Mode: 0o640, Modified: early},
			{Name: "srv/old", Dir: true, Mode: 0o700, Modified: early.Add(2 * time.Hour)},
			{Name: "srv/old/a", Data: "a", Mode: 0o600, UID: 5, Modified: early},
			{Name: "srv/trash", Data: "log", Mode: 0o644, Modified: early},
			{Name: "srv/link", Target: "bin/kept"},
		}, []crash.File{
			{Name: "pack/bin/store", Data: "new store, larger", Mode: 0o644, Modified: late},
			{Name: "pack/bin/kept", Data: "older in the pack", Mode: 0o644, Modified: late},
			{Name: "pack/conf", Data: "new conf", Mode: 0o644, Modified: late},
			{Name: "pack/docs/deep/readme", Data: "read me", Mode: 0o444, Modified: late},
			{Name: "pack/bin/latest", Target: "store"},
		}, map[string]any{"remove": []any{"old", "trash"}}
}

// TestCrashPlan shows what the trees of TestCrash are.
func TestCrashPlan(t *testing.T) {
	t.Parallel()
	server, pack, removing := everything()
	w := newWreckage(t, shapes()[0], server, pack, removing)
	const tail = ".quiesce-20260101t000000-0001-"
	got, old := map[string]string{}, w.undo.want
	for name, line := range w.applying.want {
		before, _, _ := strings.Cut(name, tail)
		if below := strings.LastIndex(name, "/"); strings.Contains(name[:below+1], tail) {
			before += name[below:]
		}
		got[before] = line
	}
	at := noon.Format(time.RFC3339Nano)
	want := map[string]string{
		".": old["."], "srv": "drwxr-xr-x 0:0 " + at + " ", "srv/bin": "drwxr-x--- 3:4 " + at + " ",
		"srv/bin/store":  "urwx--x--x 12:34 1999-06-02T03:04:05.987654321Z new store, larger",
		"srv/bin/.store": old["srv/bin/store"],
		"srv/bin/kept":   old["srv/bin/kept"],
		"srv/bin/latest": "Lrwxrwxrwx 0:0 " + at + " store",
		"srv/conf":       "-rw-r----- 0:0 1999-06-02T03:04:05.987654321Z new conf",
		"srv/.conf":      old["srv/conf"],
		"srv/.old":       old["srv/old"], "srv/.old/a": old["srv/old/a"],
		"srv/.trash": old["srv/trash"],
		"srv/link":   old["srv/link"],
		"srv/docs":   "drwxr-xr-x 0:0 " + at + " ", "srv/docs/deep": "drwxr-xr-x 0:0 " + at + " ",
		"srv/docs/deep/readme": "-r--r--r-- 0:0 1999-06-02T03:04:05.987654321Z read me",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestCrash cuts the power at every operation of apply and of undo, looks at
// what may be left, and wants to get from there to all that was and to all that
// is to be, also if the power is cut on the way.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			server, pack, removing := everything()
			w := newWreckage(t, s, server, pack, removing)
			var some []wreck
			w.sweep(cases(60), func(at wreck) {
				if w.check(at); len(w.seen)%20 == 0 {
					some = append(some, at)
				}
			})
			t.Logf("%d states, to crash again from %d of them", len(w.seen), len(some))
			for _, at := range some {
				w.crash(at, w.applying, 8, w.check)
				w.crash(at, w.undo, 8, w.check)
			}
			w.report()
		})
	}
}

// cases is how many states after a crash are looked at, of so many.
func cases(n int) int {
	if sampled {
		return min(n, 8)
	}
	return n
}

// TestCrashAlways does the same to small plans, looks at all that may be left,
// and cuts the power there again, until nothing is left that was not seen.
func TestCrashAlways(t *testing.T) {
	t.Parallel()
	every, again := cases(1<<20), cases(100) // at each operation, the first time and later
	server := []crash.File{
		{Name: "srv", Dir: true, Mode: 0o755, Modified: early},
		{Name: "srv/a", Data: "old a", Mode: 0o640, UID: 12, Modified: early},
		{Name: "srv/b", Data: "b", Mode: 0o600, Modified: early},
		{Name: "srv/old", Dir: true, Mode: 0o700, Modified: early},
		{Name: "srv/old/e", Data: "e", Mode: 0o604, UID: 7, Modified: early},
	}
	for name, plan := range map[string]struct {
		pack   []crash.File
		params map[string]any
		shapes []shape // that make a difference
	}{
		"replace and remove": {
			[]crash.File{{Name: "pack/a", Data: "new a", Mode: 0o644, Modified: late}},
			map[string]any{"remove": []any{"b"}}, shapes(),
		},
		"create in a new directory": {
			[]crash.File{{Name: "pack/d/c", Data: "new c", Mode: 0o644, Modified: late}},
			map[string]any{"owner": "7:8", "mode": "0440"}, shapes()[4:],
		},
		"link, and remove a directory": {
			[]crash.File{{Name: "pack/a", Data: "old a", Modified: late}, {Name: "pack/l", Target: "a"}},
			map[string]any{"remove": []any{"old"}}, shapes(),
		},
	} {
		for _, s := range plan.shapes {
			t.Run(name+" "+s.name, func(t *testing.T) {
				t.Parallel()
				w := newWreckage(t, s, server, plan.pack, plan.params)
				var todo []wreck
				look := func(at wreck) {
					w.check(at)
					todo = append(todo, at)
				}
				for w.sweep(every, look); len(todo) > 0 && len(w.failures) == 0; todo = todo[1:] {
					w.crash(todo[0], w.applying, again, look)
					w.crash(todo[0], w.undo, again, look)
				}
				w.report()
			})
		}
	}
}

// TestCrashFinds shows that TestCrash fails where it should: on disks that say
// that something is durable, and it is not. Each barrier is needed but one: undo
// that renames the old files back could go on at once.
func TestCrashFinds(t *testing.T) {
	t.Parallel()
	exchanging, aside, each := shapes()[0], shapes()[1], shapes()[3]
	for _, c := range []struct {
		shape
		lies string
	}{
		{exchanging, "apply: sync of all 1"},
		{exchanging, "apply: sync of all 2"},
		{exchanging, "undo: sync of all 1"},
		{exchanging, "undo: sync of all 2"},
		{aside, "apply: sync of all 1"},
		{aside, "apply: sync of all 2"},
		{aside, "apply: sync of all 3"},
		{aside, "undo: sync of all 2"},
		{each, "apply: sync of a file"},
		{each, "apply: sync of a directory"},
		{each, "undo: sync of a directory"},
	} {
		t.Run(c.name+", no "+c.lies, func(t *testing.T) {
			t.Parallel()
			server, pack, removing := everything()
			c.shape.lies = c.lies
			w := newWreckage(t, c.shape, server, pack, removing)
			states := 0
			w.sweep(50, func(at wreck) {
				if states++; len(w.failures) == 0 {
					w.check(at)
				}
			})
			if len(w.failures) == 0 {
				t.Errorf("nothing was found in %d states", states)
				return
			}
			text, _, _ := strings.Cut(w.failures[0].Error(), "\n")
			t.Log("the first failure: " + text)
		})
	}
}
