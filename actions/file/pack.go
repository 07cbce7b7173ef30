package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/afero"

	"quiesce/actions"
	"quiesce/host"
)

// entry is one file, folder or link of a pack.
type entry struct {
	name string // below the pack, slash-separated
	thing
	content
}

// pack is what a step brings, sorted so that a folder comes before what is in it.
type pack struct {
	dir     string // absolute, where Quiesce runs
	tree    host.Tree
	entries []*entry
}

// readNames walks the pack and refuses what no host can be given.
func (k *pack) readNames(p *actions.Proposal, flavour host.Flavour) error {
	own := 0
	if err := k.walk(".", p, flavour, &own); err != nil {
		return err
	}
	if own > 0 {
		p.Warn("source", "backups-in-pack", "", "%d backups of earlier runs in the pack are left out", own)
	}
	return nil
}

func (k *pack) walk(dir string, p *actions.Proposal, flavour host.Flavour, own *int) error {
	infos, err := afero.ReadDir(k.tree, dir)
	if err != nil {
		return wrap("list", filepath.Join(k.dir, dir), err)
	}
	taken := map[string]string{}
	for _, info := range infos {
		name := path.Join(dir, info.Name())
		if isOwn(name) {
			*own++
			continue
		}
		t, err := seen(k.tree, name, info)
		if err != nil {
			return err
		}
		if !k.accept(p, flavour, name, t, taken) {
			continue
		}
		k.entries = append(k.entries, &entry{name: name, thing: t})
		if t.kind == typeDirectory {
			if err := k.walk(name, p, flavour, own); err != nil {
				return err
			}
		}
	}
	return nil
}

// accept refuses by name what cannot be put on the host; taken are the names of
// the folder so far.
func (k *pack) accept(p *actions.Proposal, flavour host.Flavour, name string, t thing, taken map[string]string) bool {
	base := path.Base(name)
	if why := checkName(flavour, base); why != "" {
		p.Refuse("source", "bad-name", "rename it in the pack, or leave it out", "%q in the pack: %s", name, why)
		return false
	}
	if other, twice := taken[flavour.Key(base)]; twice {
		p.Refuse("source", "name-collision", "leave one of them out", "%s and %s in the pack are one name on this host", path.Join(path.Dir(name), other), name)
		return false
	}
	taken[flavour.Key(base)] = base
	switch t.kind {
	case typeOther:
		p.Refuse("source", "special-file", "leave it out of the pack", "%s in the pack is a device, a socket or a pipe", name)
		return false
	case typeSymlink:
		if staysInside(name, t.link) {
			return true
		}
		p.Refuse("source", "link-outside", "make it relative and let it stay inside the pack, or leave it out", "%s in the pack is a link that leads out of it, to %s", name, t.link)
		return false
	}
	return true
}

// staysInside tells whether a link, which stands at name, is relative and
// points at something below the same directory.
func staysInside(name, link string) bool {
	if link == "" || strings.HasPrefix(link, "/") || strings.ContainsAny(link, "\\:") {
		return false
	}
	at := path.Join(path.Dir(name), link)
	return at != ".." && !strings.HasPrefix(at, "../")
}

// readContents finds digests and versions, spread over the processors.
func (k *pack) readContents(ctx context.Context) error {
	return parallel(ctx, len(k.entries), func(i int, buf []byte) error {
		e := k.entries[i]
		v, err := k.versionOf(e)
		if err == nil {
			err = k.sumUp(e, buf)
		}
		e.content = contentOf(e.thing, v)
		return wrap("read pack", k.dir, err)
	})
}

// readDigests finds digests alone.
func (k *pack) readDigests(ctx context.Context) error {
	return parallel(ctx, len(k.entries), func(i int, buf []byte) error {
		e := k.entries[i]
		err := k.sumUp(e, buf)
		e.content = contentOf(e.thing, version{})
		return wrap("read pack", k.dir, err)
	})
}

func (k *pack) sumUp(e *entry, buf []byte) (err error) {
	if e.kind == typeFile {
		e.sum, err = digest(k.tree, e.name, buf)
	}
	return err
}

func (k *pack) versionOf(e *entry) (v version, err error) {
	if e.kind != typeFile || e.info.Size() == 0 {
		return version{}, nil
	}
	err = reading(k.tree, e.name, func(f afero.File) error {
		v, err = versionOf(f, e.info.Size())
		return err
	})
	return v, err
}

// digest identifies all that the step reads of the pack.
func (k *pack) digest() string {
	lines := make([]string, len(k.entries))
	for i, e := range k.entries {
		lines[i] = fmt.Sprintf("%q %q %d %s %q %s\n", e.name, e.kind, e.facts.Size, e.sum, e.link, modeText(e.info.Mode()))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return "sha256:" + hex.EncodeToString(sum[:])
}
