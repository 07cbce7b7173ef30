package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"quiesce/actions"
)

// A directory is listed for the names of the run only if that is less work than
// asking for each of them.
const (
	worthListing = 8  // names to ask for
	perName      = 64 // names read for each that is not asked for
)

// ownNames are the names in one directory that runs work under.
type ownNames map[string]bool

// listOwn lists the directories that many changes are in. Most names of a run
// are not there when it begins, and asking for each costs more than all else.
func (t *transaction) listOwn(ctx context.Context) error {
	in := map[string]int{}
	for _, it := range t.items {
		if actions.Alters(it.change.Kind) && it.Within == "" {
			in[path.Dir(it.Name)]++
		}
	}
	maps.DeleteFunc(in, func(_ string, n int) bool { return n < worthListing })
	dirs := slices.Collect(maps.Keys(in))
	lists := make([]ownNames, len(dirs))
	err := parallel(ctx, len(dirs), func(i int, _ []byte) (err error) {
		lists[i], err = t.ownIn(dirs[i], in[dirs[i]]*perName)
		return err
	})
	t.own = map[string]ownNames{}
	for i, dir := range dirs {
		if lists[i] != nil {
			t.own[dir] = lists[i]
		}
	}
	return err
}

// ownIn returns the names of runs in a directory; nil if it holds more names
// than limit, or cannot be listed: then they are asked for.
func (t *transaction) ownIn(dir string, limit int) (names ownNames, err error) {
	f, err := t.tree.Open(dir)
	if err != nil {
		return nil, nil // looking at what is in it tells why
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	names = ownNames{}
	for limit > 0 {
		some, err := f.Readdirnames(min(limit, 1024))
		limit -= len(some)
		for _, name := range some {
			if strings.HasPrefix(name, ".") && strings.Contains(name, ".quiesce-") {
				names[name] = true
			}
		}
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", dir, err)
		}
		if len(some) == 0 {
			return names, nil
		}
	}
	return nil, nil
}

// absent tells whether a name of the run is known not to be there.
func (t *transaction) absent(name string) bool {
	names, listed := t.own[path.Dir(name)]
	return listed && !names[path.Base(name)]
}
