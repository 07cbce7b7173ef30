package file

import (
	"path"

	"github.com/spf13/afero"
)

// nothingElse verifies that a directory that is removed holds nothing but what
// the plan names.
func (t *transaction) nothingElse(top *item, dir string) error {
	planned := map[string]bool{}
	for _, it := range t.items {
		if it.Within == top.Name {
			planned[it.Name] = true
		}
	}
	return t.onlyThese(top, dir, planned)
}

func (t *transaction) onlyThese(top *item, dir string, planned map[string]bool) error {
	infos, err := afero.ReadDir(t.tree, dir)
	if err != nil {
		return wrap("list", dir, err)
	}
	for _, info := range infos {
		name := path.Join(dir, info.Name())
		if !planned[name] {
			return top.conflict("there is something in it that the plan did not see: %s", name)
		}
		if !info.IsDir() {
			continue
		}
		if err := t.onlyThese(top, name, planned); err != nil {
			return err
		}
	}
	return nil
}
