package file

import (
	"context"
	"errors"
	"io/fs"

	"quiesce/host"
)

// linked returns where the directory leads to if the last element of its path
// is a symbolic link, else "". Links above it are no business of a step: this
// one could be turned to something else between the plan and the run.
func linked(ctx context.Context, h host.Host, dir string) (to string, err error) {
	parent, base := h.Facts.Flavour().Split(dir)
	if base == "" || base == "." || parent == dir {
		return "", nil
	}
	tree, err := h.Files.Open(ctx, parent)
	if errors.Is(err, fs.ErrPermission) {
		return "", nil // who may enter, but not list, the directory above cannot tell
	}
	if err != nil {
		return "", err
	}
	t, err := look(tree, base)
	if err = errors.Join(err, tree.Close()); err != nil || !t.is(typeSymlink) {
		return "", err
	}
	return t.link, nil
}
