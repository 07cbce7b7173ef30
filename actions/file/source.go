package file

import (
	"context"
	"errors"

	"quiesce/actions"
)

var _ actions.SourceReader = operator{}

// ReadSource implements actions.SourceReader: it reads the pack again.
func (operator) ReadSource(ctx context.Context, env *actions.Env, changes []actions.Change) (string, error) {
	dir := ""
	for i := range changes {
		var d details
		if err := changes[i].Decode(&d); err != nil {
			return "", err
		}
		if dir = d.Pack; dir != "" {
			break
		}
	}
	if dir == "" {
		return "", nil
	}
	tree, err := env.Sources.Open(ctx, dir)
	if err != nil {
		return "", wrap("open pack", dir, err)
	}
	k := &pack{dir: dir, tree: tree}
	var refused actions.Proposal // what is refused now was not in the plan, and so the digest differs
	err = k.readNames(&refused, env.Host.Facts.Flavour())
	if err == nil {
		err = k.readContents(ctx)
	}
	return k.digest(), errors.Join(err, tree.Close())
}
