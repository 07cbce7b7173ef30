package crash_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/spf13/afero"

	"quiesce/host/crash"
)

const (
	oldText = "old "
	newText = "new!"
)

// protocol is a way to replace some files and keep the old ones: as .f under
// which a new file is staged, or as .f.old. What is to be done was made durable
// before it begins.
type protocol struct {
	name         string
	early        func(p *program, f string) // done while files are staged
	barrier      bool                       // between staging and swapping
	swap         []func(p *program, f string)
	back, onward bool // whether it must fail to go back, to go on
}

func exchange(p *program, f string)    { p.exchange("."+f, f) }
func linkBackup(p *program, f string)  { p.link(f, "."+f+".old") }
func renameIn(p *program, f string)    { p.move("."+f, f) }
func renameAside(p *program, f string) { p.move(f, "."+f+".old") }

func inOneGo(steps ...func(*program, string)) func(*program, string) {
	return func(p *program, f string) {
		for _, step := range steps {
			step(p, f)
		}
	}
}

func unlessThere(name string, step func(*program, string)) func(*program, string) {
	return func(p *program, f string) {
		if p.text(fmt.Sprintf(name, f)) == "" {
			step(p, f)
		}
	}
}

// protocols are good ones, and bad ones that look good. Each step of a swap is
// made durable before the next is begun.
func protocols() []protocol {
	type steps = []func(p *program, f string)
	aside := func(p *program, f string) {
		if p.text(f) != "" {
			renameAside(p, f)
		}
	}
	return []protocol{
		{name: "stage, barrier, exchange all", barrier: true, swap: steps{exchange}},
		{name: "link backups while staging, barrier, rename all", early: unlessThere(".%s.old", linkBackup), barrier: true, swap: steps{renameIn}},
		{name: "stage, barrier, rename all aside, barrier, rename all in", barrier: true, swap: steps{aside, renameIn}},
		{name: "no barrier between staging and exchange", swap: steps{exchange}, onward: true},
		{name: "link and rename in one go", barrier: true, swap: steps{inOneGo(unlessThere(".%s.old", linkBackup), renameIn)}, back: true},
		{name: "rename aside and rename in, in one go", barrier: true, swap: steps{inOneGo(aside, renameIn)}, back: true},
	}
}

// text returns the bytes of a file, "" if there is none.
func (p *program) text(name string) string {
	data, err := afero.ReadFile(p, name)
	if err != nil && !errors.Is(err, afero.ErrFileNotFound) {
		p.do(err)
	}
	return string(data)
}

var errLost = errors.New("neither the old file nor the new one")

func files() []string { return []string{"a", "b", "c"} }

// forward replaces the files, or what an interrupted attempt has left to do.
func (c protocol) forward(p *program) {
	var todo []string
	for _, f := range files() {
		switch p.text(f) {
		case newText:
			continue
		case oldText:
		case "":
			if p.text("."+f+".old") != oldText {
				p.do(errLost)
			}
		default:
			p.do(errLost)
		}
		todo = append(todo, f)
		if p.text("."+f) != newText {
			p.write("."+f, newText)
		}
		if c.early != nil {
			c.early(p, f)
		}
	}
	if c.barrier {
		p.syncAll()
	}
	for _, step := range c.swap {
		for _, f := range todo {
			if p.err == nil {
				step(p, f)
			}
		}
		p.syncAll()
	}
}

// backward gives the old files their names again.
func (c protocol) backward(p *program) {
	for _, f := range files() {
		switch {
		case p.text(f) == oldText:
		case p.text("."+f+".old") == oldText:
			p.move("."+f+".old", f)
		case p.text("."+f) == oldText:
			p.exchange("."+f, f)
		default:
			p.do(errLost)
		}
	}
	p.syncAll()
	for _, f := range files() {
		for _, name := range []string{"." + f, "." + f + ".old"} {
			if p.err == nil && p.exists(name) {
				p.remove(name)
			}
		}
	}
	p.syncAll()
}

func (p *program) exists(name string) bool {
	ok, err := afero.Exists(p, name)
	p.do(err)
	return ok
}

// ends tells whether work ends well on a disk, with that text in every file,
// and changes nothing when it is done again.
func ends(t *testing.T, d *crash.Disk, work func(*program), want string) bool {
	t.Helper()
	before := ""
	for range 2 {
		tree, err := d.Host().Files.Open(t.Context(), "/")
		if err != nil {
			t.Fatal(err)
		}
		p := &program{Tree: tree}
		if work(p); p.err != nil {
			return false
		}
		for _, f := range files() {
			if p.text(f) != want {
				return false
			}
		}
		if before != "" && before != short(d) {
			return false
		}
		before = short(d)
	}
	return true
}

// visit calls check once with each state that work, cut off at every point,
// may leave.
func visit(t *testing.T, d *crash.Disk, limit int, work func(*program), check func(*crash.Disk)) {
	t.Helper()
	seen := map[string]bool{}
	for n := 0; ; n++ {
		life := d.Copy()
		life.CrashAfter(n)
		tree, err := life.Host().Files.Open(t.Context(), "/")
		if err != nil {
			t.Fatal(err)
		}
		work(&program{Tree: tree})
		for after := range life.Afterlives(limit, uint64(n)) {
			if key := short(after); !seen[key] {
				seen[key] = true
				check(after)
			}
		}
		if !life.Crashed() {
			return
		}
	}
}

// TestProtocols cuts the power at every point of good and of bad protocols, and
// finds the bad ones by what can no longer be recovered. The good ones are also
// cut off in their recovery.
func TestProtocols(t *testing.T) {
	t.Parallel()
	for _, c := range protocols() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var disk []crash.File
			for _, f := range files() {
				disk = append(disk, crash.File{Name: f, Data: oldText})
			}
			var states, back, onward int
			try := func(d *crash.Disk) {
				states++
				if !ends(t, d.Copy(), c.backward, oldText) {
					back++
				}
				if !ends(t, d.Copy(), c.forward, newText) {
					onward++
				}
			}
			good := !c.back && !c.onward
			visit(t, crash.New(noon, disk...), 1000, c.forward, func(d *crash.Disk) {
				if try(d); good && states%20 == 0 {
					visit(t, d, 20, c.forward, try)
					visit(t, d, 20, c.backward, try)
				}
			})
			t.Logf("%d states: %d times no way back, %d times no way on", states, back, onward)
			if got, want := []bool{back > 0, onward > 0}, []bool{c.back, c.onward}; !slices.Equal(got, want) {
				t.Errorf("no way back, no way on: %v, want %v", got, want)
			}
		})
	}
}
