package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"quiesce/actions"
	"quiesce/host"
)

// draft is a plan in the making.
type draft struct {
	actions.Proposal
	action  *action
	env     *actions.Env
	flavour host.Flavour
	root    string // clean, absolute, on the host
	mode    string // as facts write it
	tree    host.Tree
	pack    *pack
	places  []*place
	applied []int             // how many entries each rule decided
	swaps   map[string]string // how files are replaced, by directory
}

// Plan implements actions.Action.
func (a *action) Plan(ctx context.Context, env *actions.Env) (_ actions.Proposal, err error) {
	d := &draft{action: a, env: env, flavour: env.Host.Facts.Flavour(), applied: make([]int, len(a.rules))}
	d.Outputs = outputs(nil)
	if a.check(&d.Proposal, d.flavour); len(d.Findings) > 0 {
		return d.Proposal, d.findPack(ctx)
	}
	if a.mode != "" {
		m, err := parseMode(a.mode)
		if err != nil {
			return d.Proposal, err
		}
		d.mode = modeText(m)
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.open(ctx); err != nil || d.refused() {
		return d.Proposal, err
	}
	return d.Proposal, d.build(ctx)
}

func (d *draft) subject(name string) string { return d.flavour.Join(d.root, name) }

func (d *draft) refused() bool { return len(d.Findings) > 0 && d.tree == nil }

// open opens the pack and the directory that it goes to. What is missing is a
// finding, and leaves tree nil.
func (d *draft) open(ctx context.Context) error {
	d.root = d.flavour.Clean(d.action.to)
	dir, err := filepath.Abs(d.action.source)
	if err != nil {
		return wrap("find", d.action.source, err)
	}
	packTree, err := d.env.Sources.Open(ctx, dir)
	if err != nil {
		err = d.noPack(dir, err)
	} else {
		d.pack = &pack{dir: dir, tree: packTree}
	}
	tree, err2 := d.env.Host.Files.Open(ctx, d.root)
	if err2 != nil {
		return errors.Join(err, d.noTarget(err2))
	}
	if d.pack == nil {
		return errors.Join(err, tree.Close())
	}
	d.tree = tree
	return errors.Join(err, d.noLink(ctx))
}

// noLink refuses a directory that is a link.
func (d *draft) noLink(ctx context.Context) error {
	to, err := linked(ctx, d.env.Host, d.root)
	if err != nil {
		return wrap("look at", d.root, err)
	}
	if to != "" {
		d.Refuse("to", "link", "write the path that it leads to", "%s is a symbolic link to %s, and could lead elsewhere when the plan is applied", d.root, to)
	}
	return nil
}

// findPack only adds to other findings what is wrong with the pack.
func (d *draft) findPack(ctx context.Context) error {
	dir, err := filepath.Abs(d.action.source)
	if err != nil {
		return wrap("find", d.action.source, err)
	}
	tree, err := d.env.Sources.Open(ctx, dir)
	if err != nil {
		return d.noPack(dir, err)
	}
	return wrap("close pack", dir, tree.Close())
}

func (d *draft) close() error {
	var errs []error
	if d.pack != nil {
		errs = append(errs, d.pack.tree.Close())
	}
	if d.tree != nil {
		errs = append(errs, d.tree.Close())
	}
	return errors.Join(errs...)
}

func (d *draft) noPack(dir string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.Refuse("source", "no-pack", "correct the path, or copy the pack there", "there is no pack at %s", dir)
	case errors.Is(err, syscall.ENOTDIR) && isArchive(dir):
		d.Refuse("source", "archive", "unpack it, and name the folder", "%s is an archive, and archives are not read yet", dir)
	case errors.Is(err, syscall.ENOTDIR):
		d.Refuse("source", "no-pack", "name the folder that holds the files", "%s is not a folder", dir)
	case errors.Is(err, fs.ErrPermission):
		d.Refuse("source", "no-pack", "give yourself the right to read it", "the pack at %s cannot be read: permission denied", dir)
	default:
		return wrap("open pack", dir, err)
	}
	return nil
}

func isArchive(name string) bool {
	return slices.Contains([]string{".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".cab", ".msi", ".exe", ".deb", ".rpm"},
		strings.ToLower(filepath.Ext(name)))
}

func (d *draft) noTarget(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.Refuse("to", "no-directory", "create it, or correct the path", "there is no directory %s on %s", d.root, d.env.Host.Facts.Name)
	case errors.Is(err, syscall.ENOTDIR):
		d.Refuse("to", "no-directory", "name a directory", "%s on %s is not a directory", d.root, d.env.Host.Facts.Name)
	case errors.Is(err, fs.ErrPermission):
		d.Refuse("to", "no-directory", "run as a user who may", "%s on %s cannot be opened: permission denied", d.root, d.env.Host.Facts.Name)
	default:
		return wrap("open", d.root, err)
	}
	return nil
}

// build reads both sides and decides every entry.
func (d *draft) build(ctx context.Context) error {
	if err := d.pack.readNames(&d.Proposal, d.flavour); err != nil {
		return err
	}
	if len(d.pack.entries) == 0 && len(d.Findings) == 0 && len(d.action.remove) == 0 {
		d.Refuse("source", "empty-pack", "name the folder that holds the files", "the pack at %s has no files", d.pack.dir)
	}
	s := &survey{tree: d.tree, flavour: d.flavour, root: d.root}
	var err error
	if d.places, err = s.find(&d.Proposal, d.pack.entries); err != nil {
		return err
	}
	if err := errors.Join(d.pack.readContents(ctx), s.readContents(ctx, d.places)); err != nil {
		return err
	}
	d.Source = d.pack.digest()
	for _, step := range []func(context.Context) error{d.checkLocks, d.decide, d.removals, d.checkAccess, d.checkUse, d.checkLinks, d.checkRenaming} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	d.Outputs = outputs(d.Changes)
	return nil
}

// outputs lists what the changes come to.
func outputs(changes []actions.Change) map[string]any {
	lists := map[string][]any{}
	changed := false
	for _, c := range changes {
		lists[c.Kind] = append(lists[c.Kind], c.Subject)
		changed = changed || actions.Alters(c.Kind)
	}
	out := map[string]any{"changed": changed}
	for name, kind := range map[string]string{"created": actions.FileCreate, "replaced": actions.FileReplace, "removed": actions.FileRemove, "kept": actions.FileKeep} {
		out[name] = append([]any{}, lists[kind]...)
	}
	return out
}

func ownerText(a host.Attributes) string { return fmt.Sprintf("%d:%d", a.UID, a.GID) }
