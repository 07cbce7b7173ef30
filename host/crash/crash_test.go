package crash_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/crash"
)

// program is a tree to work on, that notes the first error.
type program struct {
	host.Tree
	err error
}

func (p *program) do(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *program) write(name, data string)   { p.do(afero.WriteFile(p, name, []byte(data), 0o600)) }
func (p *program) mkdir(name string)         { p.do(p.Mkdir(name, 0o755)) }
func (p *program) move(from, to string)      { p.do(p.Rename(from, to)) }
func (p *program) remove(name string)        { p.do(p.Remove(name)) }
func (p *program) exchange(a, b string)      { p.do(p.Tree.(host.Exchanger).Exchange(a, b)) }
func (p *program) link(from, to string)      { p.do(p.Tree.(crash.Linker).Link(from, to)) }
func (p *program) syncDir(name string)       { p.do(p.Tree.(host.Syncer).SyncDir(name)) }
func (p *program) syncAll()                  { p.do(p.Tree.(host.Syncer).SyncAll()) }
func (p *program) chmod(name string, m int)  { p.do(p.Chmod(name, os.FileMode(m))) }
func (p *program) chown(name string, id int) { p.do(p.Chown(name, id, id)) }
func (p *program) date(name string, at time.Time) {
	p.do(p.Chtimes(name, time.Time{}, at))
}

func (p *program) sync(name string) {
	f, err := p.Open(name)
	if p.do(err); err == nil {
		p.do(errors.Join(f.Sync(), f.Close()))
	}
}

// run lets a program work on a disk until it ends or the power is cut.
func run(t *testing.T, d *crash.Disk, work func(p *program)) {
	t.Helper()
	tree, err := d.Host().Files.Open(t.Context(), "/")
	if err != nil {
		t.Fatal(err)
	}
	p := &program{Tree: tree}
	if work(p); p.err != nil && !errors.Is(p.err, crash.ErrPowerCut) {
		t.Fatal(p.err)
	}
}

// short tells names and bytes of a disk in one line, directories with a slash.
func short(d *crash.Disk) string {
	var words []string
	all := d.Show()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fields := strings.SplitN(all[name], " ", 4)
		switch {
		case name == ".":
		case fields[0][0] == 'd':
			words = append(words, name+"/")
		default:
			words = append(words, name+"="+strings.ReplaceAll(fields[3], "\x00", "0"))
		}
	}
	return strings.Join(words, " ")
}

func afterlives(d *crash.Disk, show func(*crash.Disk) string) []string {
	var all []string
	for after := range d.Afterlives(1000, 1) {
		all = append(all, show(after))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestAfterlives compares all that may be left by a cut of the power at the end
// of each program with what POSIX allows.
func TestAfterlives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		disk []crash.File
		work func(p *program)
		want []string
	}{
		"a new file may be missing, empty, torn or filled with anything": {nil,
			func(p *program) { p.write("a", "1234") },
			[]string{"", "a=", "a=0000", "a=12", "a=1234", "a=????"}},
		"Sync makes its bytes durable, not its name": {nil,
			func(p *program) { p.write("a", "1234"); p.sync("a") },
			[]string{"", "a=1234"}},
		"SyncDir makes its name durable, not its bytes": {nil,
			func(p *program) { p.write("a", "1234"); p.syncDir(".") },
			[]string{"a=", "a=0000", "a=12", "a=1234", "a=????"}},
		"both make it durable": {nil,
			func(p *program) { p.write("a", "1234"); p.sync("a"); p.syncDir(".") },
			[]string{"a=1234"}},
		"SyncAll makes everything durable": {nil,
			func(p *program) { p.mkdir("d"); p.write("d/a", "1234"); p.syncAll() },
			[]string{"d/ d/a=1234"}},
		"SyncDir does not make the directory's own name durable": {nil,
			func(p *program) { p.mkdir("d"); p.write("d/a", "1234"); p.sync("d/a"); p.syncDir("d") },
			[]string{"", "d/ d/a=1234"}},
		"what is overwritten may still be there": {[]crash.File{{Name: "a", Data: "old"}},
			func(p *program) { p.write("a", "new!") },
			[]string{"a=", "a=0000", "a=????", "a=ne", "a=new!", "a=old"}},
		"changes of names persist in any order": {[]crash.File{{Name: "a", Data: "1"}, {Name: "b", Data: "2"}},
			func(p *program) { p.move("a", "c"); p.move("b", "d") },
			[]string{"a=1 b=2", "a=1 d=2", "b=2 c=1", "c=1 d=2"}},
		"one over another, too": {[]crash.File{{Name: "a", Data: "1"}, {Name: "b", Data: "2"}},
			func(p *program) { p.move("a", "c"); p.move("b", "a") },
			[]string{"a=1 b=2", "a=2", "a=2 c=1", "b=2 c=1"}},
		"a file that moves twice is there once": {[]crash.File{{Name: "a", Data: "1"}},
			func(p *program) { p.move("a", "b"); p.move("b", "c") },
			[]string{"a=1", "b=1", "c=1"}},
		"also if names are exchanged": {[]crash.File{{Name: "a", Data: "1"}, {Name: "b", Data: "2"}},
			func(p *program) { p.exchange("a", "b"); p.move("a", "c") },
			[]string{"a=1 b=2", "a=2 b=1", "b=1 c=2"}},
		"a new file that moves is there once": {nil,
			func(p *program) { p.write("a", "1"); p.sync("a"); p.move("a", "b"); p.move("b", "c") },
			[]string{"", "a=1", "b=1", "c=1"}},
		"what moves into a new directory is not lost with it": {[]crash.File{{Name: "a", Data: "1"}},
			func(p *program) { p.mkdir("d"); p.mkdir("d/e"); p.move("a", "d/e/a") },
			[]string{"a=1", "a=1 d/", "a=1 d/ d/e/", "d/ d/e/ d/e/a=1"}},
		"what moves out of a directory is not lost with it": {[]crash.File{{Name: "d/a", Data: "1"}},
			func(p *program) { p.move("d/a", "a"); p.remove("d") },
			[]string{"a=1", "a=1 d/", "d/ d/a=1"}},
		"a rename across directories is one change": {[]crash.File{{Name: "d/a", Data: "1"}, {Name: "e", Dir: true}},
			func(p *program) { p.move("d/a", "e/a"); p.syncDir("e") },
			[]string{"d/ e/ e/a=1"}},
		"SyncDir takes along what was before under the same name": {[]crash.File{{Name: "d/a", Data: "1"}, {Name: "e", Dir: true}},
			func(p *program) { p.move("d/a", "d/b"); p.move("d/b", "e/b"); p.syncDir("e") },
			[]string{"d/ e/ e/b=1"}},
		"an exchange is one change": {[]crash.File{{Name: "a", Data: "1"}, {Name: "b", Data: "2"}},
			func(p *program) { p.exchange("a", "b") },
			[]string{"a=1 b=2", "a=2 b=1"}},
		"a link and a rename are two": {[]crash.File{{Name: "a", Data: "1"}, {Name: "b", Data: "2"}},
			func(p *program) { p.link("a", "c"); p.move("b", "a") },
			[]string{"a=1 b=2", "a=1 b=2 c=1", "a=2", "a=2 c=1"}},
		"what was removed may be there again": {[]crash.File{{Name: "a", Data: "1"}, {Name: "b", Data: "2"}},
			func(p *program) { p.remove("a"); p.remove("b") },
			[]string{"", "a=1", "a=1 b=2", "b=2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := crash.New(noon, c.disk...)
			run(t, d, c.work)
			if diff := cmp.Diff(c.want, afterlives(d, short)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestMetadata shows that mode, owner and time persist one by one.
func TestMetadata(t *testing.T) {
	t.Parallel()
	later := noon.Add(time.Hour)
	for name, c := range map[string]struct {
		sync func(p *program)
		want []string
	}{
		"not durable": {func(*program) {}, []string{
			"-rw------- 0:0 12:00", "-rw------- 0:0 13:00", "-rw------- 7:7 12:00", "-rw------- 7:7 13:00",
			"-rwx------ 0:0 12:00", "-rwx------ 0:0 13:00", "-rwx------ 7:7 12:00", "-rwx------ 7:7 13:00",
		}},
		"durable by Sync":     {func(p *program) { p.sync("a") }, []string{"-rwx------ 7:7 13:00"}},
		"not by SyncDir":      {func(p *program) { p.syncDir(".") }, nil},
		"durable by SyncAll":  {func(p *program) { p.syncAll() }, []string{"-rwx------ 7:7 13:00"}},
		"not by another file": {func(p *program) { p.sync("b") }, nil},
	} {
		if c.want == nil {
			c.want = []string{
				"-rw------- 0:0 12:00", "-rw------- 0:0 13:00", "-rw------- 7:7 12:00", "-rw------- 7:7 13:00",
				"-rwx------ 0:0 12:00", "-rwx------ 0:0 13:00", "-rwx------ 7:7 12:00", "-rwx------ 7:7 13:00",
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := crash.New(noon, crash.File{Name: "a", Mode: 0o600}, crash.File{Name: "b", Mode: 0o600})
			run(t, d, func(p *program) {
				p.chown("a", 7)
				p.chmod("a", 0o700)
				p.date("a", later)
				c.sync(p)
			})
			got := afterlives(d, func(after *crash.Disk) string {
				f := strings.Fields(after.Show()["a"])
				return f[0] + " " + f[1] + " " + f[2][11:16]
			})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestCrashAfter(t *testing.T) {
	t.Parallel()
	work := func(p *program) {
		p.mkdir("a")
		_, err := p.Stat("a") // looking is no operation
		p.do(err)
		p.syncDir(".")
		p.mkdir("b")
	}
	for n, want := range []string{"", "a/", "a/", "a/ b/"} {
		d := crash.New(noon)
		d.CrashAfter(n)
		run(t, d, work)
		if got := short(d); got != want || d.Crashed() != (n < 3) {
			t.Errorf("after %d operations there is %q, crashed: %v, want %q", n, got, d.Crashed(), want)
		}
		if d.Crashed() {
			_, err := d.Host().Files.Open(context.Background(), "/")
			if !errors.Is(err, crash.ErrPowerCut) {
				t.Errorf("after %d operations the disk can be opened: %v", n, err)
			}
		}
	}
}

// TestAgain shows that a disk that has crashed works, and can crash again.
func TestAgain(t *testing.T) {
	t.Parallel()
	first := crash.New(noon)
	first.CrashAfter(1)
	run(t, first, func(p *program) { p.mkdir("a"); p.mkdir("b") })
	var ends []string
	for second := range first.Afterlives(10, 1) {
		second.CrashAfter(1)
		run(t, second, func(p *program) { p.mkdir("c"); p.mkdir("d") })
		ends = append(ends, afterlives(second, short)...)
		if got := second.Copy(); got.Crashed() || got.Pending() != 0 || short(got) != short(second) {
			t.Errorf("a copy of %q holds %q, %d effects pending", short(second), short(got), got.Pending())
		}
	}
	if diff := cmp.Diff([]string{"", "c/", "a/", "a/ c/"}, ends); diff != "" {
		t.Error(diff)
	}
}

// TestSample shows which cases are looked at where there are too many.
func TestSample(t *testing.T) {
	t.Parallel()
	d := crash.New(noon)
	run(t, d, func(p *program) {
		for i := range 20 {
			p.mkdir(fmt.Sprintf("d%02d", i))
		}
	})
	count := func(limit int, seed uint64) (all []string, sizes map[int]int) {
		sizes = map[int]int{}
		for after := range d.Afterlives(limit, seed) {
			all = append(all, short(after))
			sizes[len(after.Show())-1]++
		}
		return all, sizes
	}
	once, sizes := count(200, 1)
	if sizes[0] != 1 || sizes[20] != 1 || sizes[1] < 20 || sizes[19] < 20 || len(sizes) < 10 {
		t.Errorf("by the number of names that persist: %v", sizes)
	}
	if again, _ := count(200, 1); !slices.Equal(once, again) {
		t.Error("one seed gives two samples")
	}
	if other, _ := count(200, 2); slices.Equal(once, other) {
		t.Error("two seeds give one sample")
	}
	if few, sizes := count(2, 1); len(few) != 2 || sizes[0] != 1 || sizes[20] != 1 {
		t.Errorf("the first two are %v", few)
	}
}
