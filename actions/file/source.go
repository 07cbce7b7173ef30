package file

import (
	"context"
	"errors"
	"slices"

	"quiesce/actions"
)

var _ actions.SourceReader = operator{}

// ReadSource implements actions.SourceReader: it reads the pack again.
func (operator) ReadSource(ctx context.Context, env *actions.Env, planned string, changes []actions.Change) ([]string, error) {
	dir, files, err := planOf(changes)
	if err != nil || dir == "" {
		return nil, err
	}
	tree, err := env.Sources.Open(ctx, dir)
	if err != nil {
		return nil, wrap("open pack", dir, err)
	}
	k := &pack{dir: dir, tree: tree}
	var refused actions.Proposal // what is refused now was not in the plan, and so the digest differs
	err = k.readNames(&refused, env.Host.Facts.Flavour())
	if err == nil {
		err = k.readDigests(ctx)
	}
	if err = errors.Join(err, tree.Close()); err != nil || k.digest() == planned {
		return nil, err
	}
	if differences := k.differences(files); len(differences) > 0 {
		return differences, nil
	}
	return []string{"a folder in it was added or taken away, or a mode was changed"}, nil
}

// planOf returns where the pack of changes is and what the plan saw in it, by
// name; folders that the host has already are in no plan.
func planOf(changes []actions.Change) (dir string, files map[string]*actions.Facts, err error) {
	files = map[string]*actions.Facts{}
	for i := range changes {
		var d details
		if err := changes[i].Decode(&d); err != nil {
			return "", nil, err
		}
		if d.Pack != "" && d.From != "" && changes[i].New != nil {
			dir, files[d.From] = d.Pack, changes[i].New
		}
	}
	return dir, files, nil
}

// differences names what is not as planned, file by file, sorted.
func (k *pack) differences(planned map[string]*actions.Facts) []string {
	var list []string
	here := map[string]bool{}
	for _, e := range k.entries {
		here[e.name] = true
		was, known := planned[e.name]
		switch {
		case !known && e.kind != typeDirectory:
			list = append(list, e.name+" was added")
		case known && !same(*was, e.facts):
			list = append(list, e.name+" was changed")
		}
	}
	for name := range planned {
		if !here[name] {
			list = append(list, name+" is gone")
		}
	}
	slices.Sort(list)
	return list
}
