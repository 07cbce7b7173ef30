package file_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/host/memory"
	"quiesce/host/overlay"
)

// swapless is a file system that cannot exchange names, and says so.
type swapless struct{ host.Files }

func (s swapless) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := s.Files.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return swaplessTree{tree, tree.(host.Placer), tree.(host.Attributor)}, nil
}

type swaplessTree struct {
	host.Tree
	host.Placer
	host.Attributor
}

func (swaplessTree) Renaming(string) (host.Renaming, error) { return host.Renaming{Place: true}, nil }

// vague is a file system of which nothing is known without trying.
type vague struct{ host.Files }

func (v vague) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := v.Files.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return vagueTree{tree, tree.(host.Attributor)}, nil
}

type vagueTree struct {
	host.Tree
	host.Attributor
}

// Exchange implements host.Exchanger.
func (vagueTree) Exchange(a, _ string) error {
	return &os.PathError{Op: "exchange", Path: a, Err: errors.ErrUnsupported}
}

// TestRenaming shows that applying replaces files as the plan said.
func TestRenaming(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		around   func(host.Files) host.Files
		swap     string // in the plan
		warning  string
		absently bool // applying renames old files aside
	}{
		"a file system that exchanges": {func(f host.Files) host.Files { return f }, `"swap":"exchange"`, "", false},
		"one that does not": {func(f host.Files) host.Files { return swapless{f} }, `"swap":"rename-aside"`,
			"cannot exchange two names: targets (2) are absent for a moment", true},
		"one that can neither exchange nor place": {func(f host.Files) host.Files { return foreign{f} }, `"swap":"rename-aside"`,
			"cannot rename without replacing", true},
		"one of which nothing is known": {func(f host.Files) host.Files { return vague{f} }, "",
			"cannot tell whether the file system of ", true},
	} {
		for _, simulated := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", planned on a simulation"}[simulated], func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				b.fill()
				real := b.env.Host
				real.Files = c.around(real.Files)
				b.env.Host = real
				if simulated {
					b.env.Host = overlay.New(real).Host()
				}
				p := b.proposal()
				b.wantRenaming(p, c.swap, c.warning)
				b.env.Host = real
				b.check(b.apply(p.Changes))
				_, err := os.Lstat(filepath.Join(b.root, b.stagedOf("bin/store.exe")))
				b.check(err)
				if aside := strings.HasSuffix(b.stagedOf("bin/store.exe"), ".old"); aside != c.absently {
					t.Errorf("the old file was renamed aside: %v, want %v", aside, c.absently)
				}
			})
		}
	}
}

func (b *bench) wantRenaming(p actions.Proposal, swap, warning string) {
	b.t.Helper()
	for _, c := range p.Changes {
		with := string(c.With)
		if c.Kind == actions.FileReplace && (!strings.Contains(with, swap) || swap == "" && strings.Contains(with, `"swap"`)) {
			b.t.Errorf("%s is planned with %s, want %s", c.Subject, with, swap)
		}
	}
	if warning != "" {
		wantFindingText(b.t, p, warning)
		return
	}
	for _, f := range p.Findings {
		b.t.Errorf("finding: %s", f.Message)
	}
}

// TestHardLinks breaks a set of names, and joins it again.
func TestHardLinks(t *testing.T) {
	t.Parallel()
	t.Run("on this machine", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.fill()
		b.check(os.Link(filepath.Join(b.root, "bin/store.exe"), filepath.Join(b.root, "bin/twin.exe")))
		b.settleDirs()
		before := b.tree()
		b.params["hard-links"] = "break"
		changes := b.changes()
		if got := reasonOf(t, changes, "bin/store.exe"); !strings.HasSuffix(got, "has 2 names (hard links), and the others keep the old file") {
			t.Errorf("the reason is %q", got)
		}
		b.check(b.apply(changes))
		if one, other := b.text("bin/store.exe"), b.text("bin/twin.exe"); one != "new store, larger" || other != "old store" {
			t.Errorf("the names hold %q and %q", one, other)
		}
		b.check(b.undo(changes))
		b.sameTree("undo", before)
	})
	t.Run("on a described host", func(t *testing.T) {
		t.Parallel()
		m, err := memory.New(&memory.Description{Name: "web1", Files: []memory.File{{Path: "/srv/app", Content: "old", Modified: early, Links: 3}}})
		b := newBench(t)
		b.check(err)
		b.env.Host = m.Host()
		b.params["to"] = "/srv"
		b.write(b.pack, "app", "new", 0o644, late)
		wantFinding(t, b.proposal(), "to", "/srv/app has 3 names (hard links)")
		b.params["hard-links"] = "break"
		b.check(b.apply(b.changes()))
		for _, f := range m.Describe().Files {
			if want := map[string]int{"new": 0, "old": 3}[f.Content]; f.Links != want {
				t.Errorf("%s has %d names, want %d", f.Path, f.Links, want)
			}
		}
	})
}
