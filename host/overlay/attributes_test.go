package overlay_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/host"
	"quiesce/host/memory"
	"quiesce/host/overlay"
)

const labelled = `
name: web1
files:
  - path: /srv/app
    links: 2
    mode: "0755"
    attributes: {user.origin: vendor, user.raw: 0s/wA=, security.capability: 0x0102}
  - {path: /srv/plain}
`

func xattrs(t *testing.T, tree host.Tree, name string) map[string]string {
	t.Helper()
	all, err := tree.(host.Attributor).Xattrs(name)
	must(t, err)
	text := map[string]string{}
	for attr, value := range all {
		text[attr] = string(value)
	}
	return text
}

// TestAttributes shows that those of the base shine through, go with the file,
// and are changed here only.
func TestAttributes(t *testing.T) {
	t.Parallel()
	was := map[string]string{"user.origin": "vendor", "user.raw": "\xff\x00", "security.capability": "\x01\x02"}
	for sentence, test := range map[string]func(t *testing.T, tree host.Tree){
		"they are those of the base": func(t *testing.T, tree host.Tree) {
			wantSame(t, was, xattrs(t, tree, "app"))
			wantSame(t, map[string]string{}, xattrs(t, tree, "plain"))
		},
		"they go with the file": func(t *testing.T, tree host.Tree) {
			must(t, tree.(host.Exchanger).Exchange("app", "plain"))
			wantSame(t, was, xattrs(t, tree, "plain"))
			wantSame(t, map[string]string{}, xattrs(t, tree, "app"))
		},
		"who holds the map changes nothing": func(t *testing.T, tree host.Tree) {
			all, err := tree.(host.Attributor).Xattrs("app")
			must(t, err)
			delete(all, "user.raw")
			wantSame(t, was, xattrs(t, tree, "app"))
		},
		"one is changed, the rest stays": func(t *testing.T, tree host.Tree) {
			must(t, tree.(host.Attributor).SetXattr("app", "user.origin", []byte("me")))
			wantSame(t, map[string]string{"user.origin": "me", "user.raw": was["user.raw"], host.Capabilities: "\x01\x02"}, xattrs(t, tree, "app"))
		},
		"a change of owner takes the capabilities of a file of the base": func(t *testing.T, tree host.Tree) {
			must(t, tree.Chown("app", 7, 7))
			wantSame(t, map[string]string{"user.origin": "vendor", "user.raw": was["user.raw"]}, xattrs(t, tree, "app"))
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			w := open(t, labelled)
			test(t, w.tree(t, "/srv"))
			wantSame(t, was, xattrs(t, below(t, w.memory.Host()), "app"))
		})
	}
}

func below(t *testing.T, h host.Host) host.Tree {
	t.Helper()
	tree, err := h.Files.Open(context.Background(), "/srv")
	must(t, err)
	return tree
}

func wantSame(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// bare hides what the base can do beyond afero.Fs.
type bare struct{ host.Files }

func (b bare) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := b.Files.Open(ctx, dir)
	return struct{ host.Tree }{tree}, err
}

// TestBareBase shows that a simulation can do no more than its base.
func TestBareBase(t *testing.T) {
	t.Parallel()
	d, list := memory.Parse("host.yaml", []byte(labelled), nil)
	must(t, list.Err())
	m, err := memory.New(d)
	must(t, err)
	h := m.Host()
	h.Files = bare{h.Files}
	tree := below(t, overlay.New(h).Host())
	r, err := host.RenamingOf(tree, ".")
	must(t, err)
	wantSame(t, host.Renaming{}, r)
	wantError(t, tree.(host.Exchanger).Exchange("app", "plain"), errors.ErrUnsupported)
	_, err = tree.(host.Attributor).Xattrs("app")
	wantError(t, err, errors.ErrUnsupported)
	wantError(t, tree.(host.Attributor).Settable("user.a"), errors.ErrUnsupported)
}
