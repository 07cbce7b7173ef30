package actiontest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/memory"
)

// snapshot tells what a host shows of itself, line by line, so that a host and
// its simulation compare. Process ids and identities of connections are left
// out: they are given out anew. So are the processes of services, since a
// simulation cannot know which program a service starts.
func snapshot(t *testing.T, h host.Host, d *memory.Description) []string {
	t.Helper()
	ctx := t.Context()
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	check := func(err error) {
		if err != nil {
			t.Fatalf("look at the host: %v", err)
		}
	}
	services, err := h.Services.List(ctx)
	check(err)
	for _, s := range services {
		add("service %s %s %s", s.Name, s.State, s.Start)
	}
	processes, err := h.Processes.List(ctx)
	check(err)
	for _, p := range processes {
		if p.Service == "" {
			add("process %s", p.Name)
		}
	}
	connections, err := h.Connections.List(ctx)
	check(err)
	for _, c := range connections {
		add("connection %s %s %s", c.Protocol, c.Local, c.Remote)
	}
	watchers, err := h.Monitors.Watchers(ctx)
	check(err)
	for _, w := range watchers {
		add("watcher %s %s", w.Monitor, w.Evidence)
	}
	add("now %s", h.Clock.Now())
	slices.Sort(lines)
	return append(lines, files(t, h, d)...)
}

// files tells of the files below the roots that a description mentions.
func files(t *testing.T, h host.Host, d *memory.Description) []string {
	t.Helper()
	flavour := h.Facts.Flavour()
	roots := map[string]bool{}
	for _, f := range d.Files {
		dir, parent := "", flavour.Clean(f.Path)
		for dir != parent {
			dir = parent
			parent, _ = flavour.Split(dir)
		}
		roots[dir] = true
	}
	var lines []string
	for root := range roots {
		lines = append(lines, below(t, h, root)...)
	}
	slices.Sort(lines)
	return lines
}

func below(t *testing.T, h host.Host, root string) []string {
	t.Helper()
	tree, err := h.Files.Open(t.Context(), root)
	if err != nil {
		t.Fatalf("open %s: %v", root, err)
	}
	defer func() {
		if err := tree.Close(); err != nil {
			t.Errorf("close %s: %v", root, err)
		}
	}()
	var lines []string
	err = afero.Walk(tree, ".", func(name string, info fs.FileInfo, err error) error {
		if err != nil {
			return err
		}
		text, err := contents(tree, name, info)
		if a, ok := tree.(host.Attributor); ok && err == nil {
			attributes, failed := a.Xattrs(name)
			if failed != nil && !errors.Is(failed, errors.ErrUnsupported) && !errors.Is(failed, fs.ErrPermission) {
				return failed
			}
			text += fmt.Sprintf(" %q", attributes)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", h.Facts.Flavour().Join(root, name), info.Mode(), text))
		return err
	})
	if err != nil {
		t.Fatalf("look at the files below %s: %v", root, err)
	}
	return lines
}

// contents tells of what a file or link holds. Times of directories are left
// out: hosts may differ in when they set them.
func contents(tree host.Tree, name string, info fs.FileInfo) (string, error) {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return tree.ReadlinkIfPossible(name)
	case !info.Mode().IsRegular():
		return "", nil
	}
	data, err := afero.ReadFile(tree, name)
	if errors.Is(err, fs.ErrPermission) {
		return "denied", nil
	}
	return fmt.Sprintf("%x %s", sha256.Sum256(data), info.ModTime().UTC()), err
}
