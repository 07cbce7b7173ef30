package executor_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
	"pgregory.net/rapid"

	"quiesce/executor/plan"
	"quiesce/host"
)

const modelServer = `
name: srv
os: linux
files:
  - {path: /srv/app/a, content: "first a"}
  - {path: /srv/app/b, content: "first b"}
  - {path: /srv/app/gone, content: "first gone"}
services:
  - {name: app}
`

// Contents differ in size: a file that a plan leaves alone is known by its size
// and date.
const modelPack = `
name: packs
os: linux
files:
  - {path: /one/a, content: "one a"}
  - {path: /one/b, content: "one b"}
  - {path: /one/new, content: "one new"}
  - {path: /two/a, content: "two, another a"}
  - {path: /two/sub/new, content: "two, another new one"}
`

const modelRunbook = `
version: 1
name: Model
steps:
  - {id: stop, action: stop-services, with: {services: [app]}}
  - {id: apply, action: apply-with-overwrite-policy, with: {source: /PACK, to: /srv/app, overwrite: if-different, remove: [gone]}}
  - {id: start, action: start-services, with: {stopped-by: stop}}
`

// packed is what the packs put where, and what the runbook removes.
var packed = map[string]map[string]string{
	"one": {"a": "one a", "b": "one b", "new": "one new", "gone": ""},
	"two": {"a": "two, another a", "sub/new": "two, another new one", "gone": ""},
}

// model is what must be true of a small server while Quiesce and somebody else
// work on it in turn. It knows names and contents, and nothing of how they come
// about: a name that is missing holds "".
type model struct {
	*attempt
	t       *testing.T
	ways    map[string]int    // how runs went, of all models
	files   map[string]string // by name, where known; else what the host holds is taken over
	foreign map[string]bool   // contents that somebody else wrote, and did not take away himself
	written int
	number  int // of runs

	planned *plan.Plan
	wants   map[string]string // what it comes to, by name
	seen    map[string]string // the files when it was made
	drifts  map[string]bool   // what somebody was at since then

	run    *attempt // the latest
	stands runState
	edited map[string]bool   // what somebody else was at since it began
	before map[string]string // the files when it began
	runs   map[string]string // what it comes to
}

type runState int

const (
	settled   runState = iota // none, or taken back, or closed
	succeeded                 // can be taken back
	open                      // cut off, or not whole in either way
	returning                 // its rollback has begun, and has not ended well
)

// TestModel lets Quiesce and somebody else work on a server in any order, with
// crashes and power cuts.
func TestModel(t *testing.T) {
	t.Parallel()
	server, pack := described(t, modelServer), described(t, modelPack)
	registry := families(t)
	ways := map[string]int{}
	rapid.Check(t, func(r *rapid.T) {
		d := &drill{server: server, pack: pack, registry: registry}
		m := &model{attempt: d.anew(t), t: t, ways: ways, foreign: map[string]bool{}, edited: map[string]bool{}, drifts: map[string]bool{}}
		m.files = m.look()
		r.Repeat(map[string]func(*rapid.T){
			"plan":     m.plans,
			"apply":    m.applies,
			"crash":    m.crashes,
			"resume":   m.resumes,
			"rollback": m.rollsBack,
			"close":    m.closes,
			"write":    m.somebodyWrites,
			"remove":   m.somebodyRemoves,
			"":         m.check,
		})
	})
	t.Log(ways)
}

// look returns the contents of all files, those of Quiesce's own names too.
func (m *model) look() map[string]string {
	found := map[string]string{}
	m.onTree(func(tree host.Tree) error {
		return afero.Walk(tree, ".", func(name string, info fs.FileInfo, err error) error {
			if err != nil || info.IsDir() {
				return err
			}
			data, err := afero.ReadFile(tree, name)
			found[name] = string(data)
			return err
		})
	})
	return found
}

func (m *model) onTree(do func(host.Tree) error) {
	m.t.Helper()
	tree, err := m.memory.Host().Files.Open(context.Background(), "/srv/app")
	if err != nil {
		m.t.Fatal(err)
	}
	if err := errors.Join(do(tree), tree.Close()); err != nil {
		m.t.Fatal(err)
	}
}

// visible leaves out the names that Quiesce works under.
func visible(files map[string]string) map[string]string {
	out := maps.Clone(files)
	maps.DeleteFunc(out, func(name, _ string) bool { return strings.Contains(name, ".quiesce-") })
	return out
}

// check holds after every step: files are as the model says, and nothing that
// somebody else wrote is lost, though Quiesce may keep it as a backup.
func (m *model) check(r *rapid.T) {
	now := m.look()
	if diff := cmp.Diff(m.files, visible(now)); diff != "" {
		r.Fatalf("the files are not as they must be:\n%s", diff)
	}
	kept := slices.Collect(maps.Values(now))
	for content := range m.foreign {
		if !slices.Contains(kept, content) {
			r.Fatalf("%q, which somebody else wrote, is lost; there are %q", content, now)
		}
	}
}

func (m *model) somebodyWrites(r *rapid.T) {
	name := rapid.SampledFrom([]string{"a", "b", "gone", "new", "other"}).Draw(r, "name")
	m.somebodyRemovesOne(name)
	m.written++
	content := fmt.Sprintf("somebody's %d", m.written)
	m.onTree(func(tree host.Tree) error { return afero.WriteFile(tree, name, []byte(content), 0o644) })
	m.files[name], m.foreign[content] = content, true
}

func (m *model) somebodyRemoves(r *rapid.T) {
	names := slices.Sorted(maps.Keys(m.files))
	if len(names) == 0 {
		r.Skip("there is nothing to remove")
	}
	m.somebodyRemovesOne(rapid.SampledFrom(names).Draw(r, "name"))
}

func (m *model) somebodyRemovesOne(name string) {
	m.edited[name], m.drifts[name] = true, true
	content, there := m.files[name]
	if !there {
		return
	}
	m.onTree(func(tree host.Tree) error { return tree.Remove(name) })
	delete(m.files, name)
	delete(m.foreign, content)
}
