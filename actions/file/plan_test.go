package file_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/actions/file"
	"quiesce/host"
	"quiesce/internal/diag"
)

// TestFindings is what forbids the step: each finding names the path and says
// what to do, and nothing is changed.
func TestFindings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do          func(b *bench)
		param, text string
	}{
		"there is no pack": {func(b *bench) { b.params["source"] = b.pack + "/sp4" }, "source", "there is no pack at "},
		"the pack is an archive": {func(b *bench) {
			b.write(b.pack, "sp4.zip", "PK", 0o644, late)
			b.params["source"] = b.pack + "/sp4.zip"
		}, "source", "sp4.zip is an archive, and archives are not read yet"},
		"the pack is a file":       {func(b *bench) { b.params["source"] = b.pack + "/README" }, "source", "README is not a folder"},
		"the pack is empty":        {func(b *bench) { b.params["source"], b.params["remove"] = b.t.TempDir(), []any{} }, "source", "has no files"},
		"the target is missing":    {func(b *bench) { b.params["to"] = b.root + "/nowhere" }, "to", "there is no directory "},
		"the target is a file":     {func(b *bench) { b.params["to"] = b.root + "/mine.txt" }, "to", "mine.txt on "},
		"the target is relative":   {func(b *bench) { b.params["to"] = "srv/app" }, "to", "srv/app is not absolute"},
		"a bad mode":               {func(b *bench) { b.params["mode"] = "rw-r--r--" }, "mode", "is no mode"},
		"a bad owner":              {func(b *bench) { b.params["owner"] = "root" }, "owner", "is not uid:gid"},
		"a bad glob":               {func(b *bench) { b.params["remove"] = []any{"[a"} }, "remove", "is no glob"},
		"a glob that leads out":    {func(b *bench) { b.params["remove"] = []any{"../*"} }, "remove", "leads out"},
		"a bad glob in a rule":     {func(b *bench) { b.rules("{a", "never") }, "overwrite", "is no glob"},
		"a link that leads out":    {func(b *bench) { b.link(b.pack, "bin/out", "../../etc/passwd") }, "source", "bin/out in the pack is a link that leads out of it, to ../../etc/passwd"},
		"an absolute link":         {func(b *bench) { b.link(b.pack, "out", "/etc/passwd") }, "source", "out in the pack is a link that leads out"},
		"a named pipe in the pack": {func(b *bench) { b.pipe(b.pack, "pipe") }, "source", "pipe in the pack is a device"},
		"a name that is not UTF-8": {func(b *bench) { b.write(b.pack, "na\xffme", "x", 0o644, late) }, "source", "not UTF-8"},
		"a directory where a file should be": {func(b *bench) { b.mkdir(b.root, "README") }, "to",
			"README is a directory, and the pack brings a file"},
		"a file where a directory should be": {func(b *bench) { b.write(b.root, "bin/tools", "x", 0o644, late) }, "to",
			"bin/tools is a file, and the pack brings a directory"},
		"a link at the target": {func(b *bench) { b.link(b.root, "README", "mine.txt") }, "to",
			"README is a symbolic link to mine.txt, and the pack brings a file"},
		"a link to a directory at the target": {func(b *bench) { b.link(b.root, "spool", "old") }, "to",
			"spool is a symbolic link to old, and the pack brings a directory"},
		"a named pipe at the target": {func(b *bench) { b.pipe(b.root, "README") }, "to",
			"README is a device, a socket or a pipe"},
		"a named pipe that is to be removed": {func(b *bench) { b.pipe(b.root, "pipe.log") }, "remove",
			"cannot be removed"},
		"a hard link at the target": {func(b *bench) {
			b.check(os.Link(filepath.Join(b.root, "bin/store.exe"), filepath.Join(b.root, "bin/twin.exe")))
		}, "to", "bin/store.exe has 2 names"},
		"the policy refuse": {func(b *bench) { b.params["overwrite"] = "refuse" }, "overwrite", "etc/app.conf is not replaced: the host has no version, 8 bytes of 1998-03-01"},
		"files without versions are refused": {func(b *bench) { b.params["unversioned"] = "refuse" }, "overwrite",
			"bin/store.exe is not replaced: neither has a version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.fill()
			c.do(b)
			before := b.tree()
			wantFinding(t, b.proposal(), c.param, c.text)
			b.sameTree("planning", before)
		})
	}
}

func (b *bench) rules(glob, policy string) {
	b.params["overwrite"] = map[string]any{"default": "if-different", "rules": []any{
		map[string]any{"paths": []any{glob}, "policy": policy},
		map[string]any{"paths": []any{"**/*.dll"}, "policy": "never"},
	}}
}

func TestAllFindingsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.params["source"], b.params["to"] = "/no/pack", "/no/target"
	p := b.proposal()
	wantFinding(t, p, "source", "/no/pack")
	wantFinding(t, p, "to", "/no/target")
	b.params["to"], b.params["mode"] = "no/target", "0999"
	p = b.proposal()
	wantFinding(t, p, "source", "/no/pack")
	wantFinding(t, p, "to", "is not absolute")
	wantFinding(t, p, "mode", "is no mode")
}

func TestRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	b.params["remove"] = []any{}
	b.rules("bin/{store.exe,tools/**}", "never")
	want := []string{
		"create README missing",
		"create bin/latest missing",
		"create empty missing",
		"create spool missing",
		"create spool/in missing",
		"keep bin/kept.dll policy-never",
		"keep bin/same.dll identical",
		"keep bin/store.exe policy-never",
		"keep bin/tools/deep/er.txt policy-never",
		"keep bin/tools/fix.sh policy-never",
		"replace etc/app.conf different",
	}
	if d := cmp.Diff(want, sorted(b.kinds(b.changes()))); d != "" {
		t.Error(d)
	}
	t.Run("one that decides nothing is a warning", func(t *testing.T) {
		b.rules("sbin/*", "never")
		p := b.proposal()
		if len(p.Findings) != 1 || p.Findings[0].Severity != diag.Warning || !strings.Contains(p.Findings[0].Message, "sbin/*") {
			t.Errorf("findings: %+v", p.Findings)
		}
	})
}

func TestShipped(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	b.params["overwrite"] = "if-unmodified"
	sums := map[string]string{}
	for _, c := range b.changes() {
		if c.Old != nil {
			sums[c.Subject] = c.Old.SHA256
		}
	}
	b.env.Shipped = func(path string) []string {
		if strings.HasSuffix(path, "store.exe") {
			return []string{"0000", sums[path]}
		}
		return nil
	}
	got := b.kinds(b.changes())
	for _, want := range []string{"replace bin/store.exe unmodified", "keep etc/app.conf modified"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %v", want, got)
		}
	}
}

func TestPlanIsDeterministic(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	first := b.proposal()
	for range 5 {
		if d := cmp.Diff(first, b.proposal()); d != "" {
			t.Fatal(d)
		}
	}
	if !strings.HasPrefix(first.Source, "sha256:") {
		t.Errorf("the digest of the pack is %q", first.Source)
	}
	b.write(b.pack, "README", "read mf", 0o444, late)
	if b.proposal().Source == first.Source {
		t.Error("another content of the pack has the same digest")
	}
	b.write(b.pack, "README", "read me", 0o555, late)
	if b.proposal().Source == first.Source {
		t.Error("another mode in the pack has the same digest")
	}
	b.write(b.pack, "README", "read me", 0o444, early)
	if b.proposal().Source != first.Source {
		t.Error("the same content has another digest")
	}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	out := b.proposal().Outputs
	sizes := map[string]int{"created": 9, "replaced": 2, "removed": 6, "kept": 2}
	for _, f := range file.Family().Verbs[0].Spec.Outputs {
		v, ok := out[f.Name]
		if !ok {
			t.Errorf("no output %s", f.Name)
		}
		if list, is := v.([]any); is && len(list) != sizes[f.Name] {
			t.Errorf("%s has %d paths, want %d: %v", f.Name, len(list), sizes[f.Name], list)
		}
	}
	if out["changed"] != true {
		t.Error("changed is false")
	}
	b.check(b.apply(b.changes()))
	b.env.Step = "again"
	if out := b.proposal().Outputs; out["changed"] != false {
		t.Errorf("a second plan: %v", out)
	}
}

func TestSymlinks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write(b.root, "v1/x", "1", 0o644, early)
	b.link(b.root, "current", "v1")
	b.link(b.root, "same", "v1/x")
	b.write(b.pack, "v2/x", "2", 0o644, late)
	b.link(b.pack, "current", "v2")
	b.link(b.pack, "same", "v1/x")
	b.params["overwrite"] = "if-different"
	b.settleDirs()
	before := b.tree()
	changes := b.changes()
	want := []string{"create v2 missing", "create v2/x missing", "keep same identical", "replace current different"}
	if d := cmp.Diff(want, sorted(b.kinds(changes))); d != "" {
		t.Fatal(d)
	}
	b.check(b.apply(changes))
	b.states(changes, actions.Done)
	if got := b.text("current/x"); got != "2" {
		t.Errorf("current/x holds %q", got)
	}
	b.check(b.undo(changes))
	b.sameTree("undo", before)
}

// logging writes down the order of what matters for a crash.
type logging struct {
	host.Files
	log *[]string
}

func (l logging) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := l.Files.Open(ctx, dir)
	return loggingTree{richTree{breakingTree{tree, &breaker{at: -1}}}, l.log}, err
}

type loggingTree struct {
	richTree
	log *[]string
}

func (t loggingTree) note(op string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(*t.log); n == 0 || (*t.log)[n-1] != op || op == "sync" {
		*t.log = append(*t.log, op)
	}
}
func (t loggingTree) SyncAll() error             { t.note("sync"); return t.richTree.SyncAll() }
func (t loggingTree) Exchange(a, b string) error { t.note("swap"); return t.richTree.Exchange(a, b) }
func (t loggingTree) Place(a, b string) error    { t.note("swap"); return t.richTree.Place(a, b) }
func (t loggingTree) Remove(name string) error   { t.note("remove"); return t.richTree.Remove(name) }
func (t loggingTree) Chtimes(n string, a, m time.Time) error {
	t.note("times")
	return t.richTree.Chtimes(n, a, m)
}

// TestBarriers wants each phase durable before the next begins, and as many
// waits for 3 files as for 60.
func TestBarriers(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 60} {
		b := newBench(t)
		for i := range n {
			name := filepath.Join("dir", strings.Repeat("x", i+1))
			b.write(b.root, name, "old", 0o644, early)
			b.write(b.pack, name, "new", 0o644, late)
		}
		changes := b.changes()
		var log []string
		b.env.Host.Files = logging{b.env.Host.Files, &log}
		b.check(b.apply(changes))
		if d := cmp.Diff([]string{"times", "sync", "swap", "sync"}, log); d != "" {
			t.Errorf("apply of %d files:\n%s", n, d)
		}
		log = nil
		b.check(b.undo(changes))
		if d := cmp.Diff([]string{"swap", "sync", "remove", "times", "sync"}, log); d != "" {
			t.Errorf("undo of %d files:\n%s", n, d)
		}
	}
}
