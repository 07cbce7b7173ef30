package overlay_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/memory"
	"quiesce/host/overlay"
	"quiesce/host/record"
)

// world is a described host, recorded, with an overlay on it.
type world struct {
	memory  *memory.Memory
	log     *record.Log
	overlay *overlay.Overlay
	host    host.Host
}

// open makes the world of a description. When the test ends the base must be
// as it was: nothing was done to it, not even something that failed.
func open(t *testing.T, description string) world {
	t.Helper()
	d, list := memory.Parse("host.yaml", []byte(description), nil)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	m, err := memory.New(d)
	if err != nil {
		t.Fatal(err)
	}
	base, log := record.New(m.Host())
	o := overlay.New(base)
	t.Cleanup(func() {
		if effects := log.Effects(); len(effects) > 0 {
			t.Errorf("the base was changed: %q", effects)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return world{m, log, o, o.Host()}
}

func (w world) tree(t *testing.T, dir string) host.Tree {
	t.Helper()
	tree, err := w.host.Files.Open(context.Background(), dir)
	must(t, err)
	return tree
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, tree host.Tree, dir string) []string {
	t.Helper()
	infos, err := afero.ReadDir(tree, dir)
	must(t, err)
	list := []string{}
	for _, info := range infos {
		list = append(list, info.Name())
	}
	return list
}

func wantNames(t *testing.T, tree host.Tree, dir string, want ...string) {
	t.Helper()
	if got := names(t, tree, dir); !slices.Equal(got, want) {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

func wantData(t *testing.T, tree host.Tree, name, want string) {
	t.Helper()
	got, err := afero.ReadFile(tree, name)
	must(t, err)
	if string(got) != want {
		t.Errorf("%s holds %q, want %q", name, got, want)
	}
}

func put(t *testing.T, tree host.Tree, name, data string) {
	t.Helper()
	must(t, afero.WriteFile(tree, name, []byte(data), 0o644))
}

// posix is a small server.
const posix = `
name: server
files:
  - {path: /srv/app/one, content: one, mode: "4755", owner: "7:8", modified: 2019-01-01T00:00:00Z}
  - {path: /srv/app/dir/two, content: two}
  - {path: /srv/app/dir/deep/three, content: three}
  - {path: /srv/app/link, symlink: dir}
  - {path: /srv/other/four, content: four}
  - {path: /opt/app, symlink: /srv/app}
`

// many is a host with n small files in one directory.
func many(n int) *memory.Description {
	d := &memory.Description{Name: "server"}
	for i := range n {
		d.Files = append(d.Files, memory.File{Path: fmt.Sprintf("/srv/app/%05d", i), Content: "old"})
	}
	return d
}
