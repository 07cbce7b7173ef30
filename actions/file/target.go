package file

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/spf13/afero"

	"quiesce/actions"
	"quiesce/host"
)

// place is an entry of a pack together with where it goes and what is there.
type place struct {
	*entry
	at    string // name below the directory of the host, as the host spells it
	there thing
	old   content
	// locked is why what is there cannot even be read: who has it open lets
	// nobody else do so.
	locked error
	// attributes are the extended ones of a file that is to be replaced.
	attributes map[string][]byte
}

// survey looks at where a pack goes.
type survey struct {
	tree    host.Tree
	flavour host.Flavour
	root    string
	folders map[string]folder // by the pack's names
}

// folder is where a folder of the pack goes.
type folder struct {
	at      string
	names   map[string]fs.FileInfo // what is in it, by the flavour's key; nil if it is missing
	blocked bool                   // something else is in its place
}

// find pairs every entry with what the host has in its place. What stands in
// the way is refused; what would be in or behind it is left out.
func (s *survey) find(p *actions.Proposal, entries []*entry) ([]*place, error) {
	s.folders = map[string]folder{}
	if err := s.open(".", "."); err != nil {
		return nil, err
	}
	var places []*place
	for _, e := range entries {
		in := s.folders[path.Dir(e.name)]
		if in.blocked {
			s.folders[e.name] = folder{blocked: true}
			continue
		}
		q := &place{entry: e, at: path.Join(in.at, path.Base(e.name))}
		if info, ok := in.names[s.flavour.Key(path.Base(e.name))]; ok {
			q.at = path.Join(in.at, info.Name())
			var err error
			if q.there, err = seen(s.tree, q.at, info); err != nil {
				return nil, err
			}
		}
		if err := s.admit(p, q, &places); err != nil {
			return nil, err
		}
	}
	return places, nil
}

func (s *survey) admit(p *actions.Proposal, q *place, places *[]*place) error {
	if why, hint := obstacle(q); why != "" {
		p.Refuse("to", "in-the-way", hint, "%s is %s, and the pack brings %s", s.flavour.Join(s.root, q.at), why, kindName(q.kind))
		s.folders[q.name] = folder{blocked: true}
		return nil
	}
	*places = append(*places, q)
	switch {
	case q.kind != typeDirectory:
		return nil
	case q.there.there():
		return s.open(q.name, q.at)
	}
	s.folders[q.name] = folder{at: q.at}
	return nil
}

// open lists a directory that a folder of the pack goes to.
func (s *survey) open(name, at string) error {
	infos, err := afero.ReadDir(s.tree, at)
	if err != nil {
		return wrap("list", s.flavour.Join(s.root, at), err)
	}
	f := folder{at: at, names: make(map[string]fs.FileInfo, len(infos))}
	for _, info := range infos {
		f.names[s.flavour.Key(info.Name())] = info
	}
	s.folders[name] = f
	return nil
}

// obstacle says what stands where another type of thing should go.
func obstacle(q *place) (why, hint string) {
	if !q.there.there() || q.there.kind == q.kind {
		return "", ""
	}
	switch q.there.kind {
	case typeSymlink:
		return "a symbolic link to " + q.there.link, "links are never followed: remove it, or name the directory that it leads to"
	case typeDirectory, typeFile:
		return kindName(q.there.kind), "move it away, or leave the entry out of the pack"
	}
	return "a device, a socket or a pipe", "move it away, or leave the entry out of the pack"
}

func kindName(kind string) string {
	switch kind {
	case typeDirectory:
		return "a directory"
	case typeSymlink:
		return "a symbolic link"
	}
	return "a file"
}

// readContents finds digests and versions of what is there. What has the
// content of the pack's file has its version too.
func (s *survey) readContents(ctx context.Context, places []*place) error {
	return parallel(ctx, len(places), func(i int, buf []byte) (err error) {
		q := places[i]
		if !q.there.there() || q.kind == typeDirectory {
			return nil
		}
		v := q.version
		if q.there.sum, err = sumThere(s.tree, q.at, q.there, buf); errors.Is(err, host.ErrInUse) {
			q.locked = err
			return nil
		}
		if err != nil {
			return wrap("read what is in", s.root, err)
		}
		if q.there.sum != q.sum {
			v, err = versionThere(s.tree, q.at, q.there)
		}
		q.old = contentOf(q.there, v)
		return wrap("read what is in", s.root, err)
	})
}

// sumThere is digest of files; other things have none.
func sumThere(tree host.Tree, name string, t thing, buf []byte) (string, error) {
	if t.kind != typeFile {
		return "", nil
	}
	return digest(tree, name, buf)
}

func versionThere(tree host.Tree, name string, t thing) (v version, err error) {
	if t.kind != typeFile {
		return v, nil
	}
	err = reading(tree, name, func(f afero.File) (err error) {
		v, err = versionOf(f, t.info.Size())
		return err
	})
	return v, err
}
