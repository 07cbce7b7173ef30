package file_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/host/hosttest"
	"quiesce/host/local"
	"quiesce/host/overlay"
)

const (
	// oldACL is u::rw-,u:1000:rw-,g::r--,m::rw-,o::---, as the kernel writes it.
	oldACL = "\x02\x00\x00\x00" +
		"\x01\x00\x06\x00\xff\xff\xff\xff" + "\x02\x00\x06\x00\xe8\x03\x00\x00" + "\x04\x00\x04\x00\xff\xff\xff\xff" +
		"\x10\x00\x06\x00\xff\xff\xff\xff" + "\x20\x00\x00\x00\xff\xff\xff\xff"
	// binding is cap_net_bind_service=ep.
	binding = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
)

// labelledBench is a bench with a program that has all that a file can have
// beside its content, as far as this user may give it.
func labelledBench(t *testing.T) (b *bench, had map[string]string) {
	t.Helper()
	if !hosttest.KeepsAttributes(t, local.New(&local.Digests{})) {
		t.Skip("the file system of temporary files keeps no extended attributes")
	}
	b = newBench(t)
	b.write(b.root, "bin/server", "old", 0o644, early)
	b.write(b.root, "bin/plain", "old", 0o640, early)
	b.write(b.pack, "bin/server", "new", 0o600, late)
	b.write(b.pack, "bin/plain", "new", 0o600, late)
	had = map[string]string{host.AccessACL: oldACL, "user.origin": "vendor", "user.empty": ""}
	if os.Geteuid() == 0 {
		had["trusted.site"], had[host.Capabilities] = "1", binding
		b.check(os.Chown(filepath.Join(b.root, "bin/server"), 1234, 2345))
	}
	for attr, value := range had {
		b.set("bin/server", attr, value)
	}
	b.settleDirs()
	return b, had
}

func (b *bench) set(name, attr, value string) {
	b.t.Helper()
	b.check(unix.Setxattr(filepath.Join(b.root, name), attr, []byte(value), 0))
}

// attrs returns the extended attributes of a file, as the kernel tells them.
func (b *bench) attrs(name string) map[string]string {
	b.t.Helper()
	room := make([]byte, 4096)
	n, err := unix.Listxattr(filepath.Join(b.root, name), room)
	b.check(err)
	all := map[string]string{}
	for attr := range strings.SplitSeq(strings.TrimSuffix(string(room[:n]), "\x00"), "\x00") {
		if attr == "" || attr == "security.selinux" {
			continue
		}
		value := make([]byte, 4096)
		n, err := unix.Getxattr(filepath.Join(b.root, name), attr, value)
		b.check(err)
		all[attr] = string(value[:n])
	}
	return all
}

func (b *bench) wantAttrs(name string, want map[string]string) {
	b.t.Helper()
	if d := cmp.Diff(want, b.attrs(name)); d != "" {
		b.t.Errorf("attributes of %s:\n%s", name, d)
	}
}

func (b *bench) wantMode(name string, want fs.FileMode) {
	b.t.Helper()
	info, err := os.Stat(filepath.Join(b.root, name))
	b.check(err)
	if info.Mode() != want {
		b.t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
	}
}

func reasonOf(t *testing.T, changes []actions.Change, name string) string {
	t.Helper()
	for _, c := range changes {
		if strings.HasSuffix(c.Subject, name) {
			return c.Reason
		}
	}
	t.Fatalf("no change of %s", name)
	return ""
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	for name, around := range map[string]func(host.Files) host.Files{
		"exchanging names": func(f host.Files) host.Files { return f },
		"renaming aside":   func(f host.Files) host.Files { return swapless{f} },
	} {
		t.Run("are those of the old file, "+name, func(t *testing.T) {
			t.Parallel()
			b, had := labelledBench(t)
			b.env.Host.Files = around(b.env.Host.Files)
			before := b.tree()
			changes := b.changes()
			for range 2 {
				b.check(b.apply(changes))
				b.states(changes, actions.Done)
				b.wantAttrs("bin/server", had)
				b.wantAttrs("bin/plain", map[string]string{})
				b.wantMode("bin/server", 0o660)
				b.wantMode("bin/plain", 0o640)
				if got := b.text("bin/server"); got != "new" {
					t.Errorf("it holds %q", got)
				}
				b.check(b.undo(changes))
				b.sameTree("undo", before)
				b.wantAttrs("bin/server", had)
			}
		})
	}
	t.Run("are named in the plan", func(t *testing.T) {
		t.Parallel()
		b, _ := labelledBench(t)
		want := "keeps its ACL and 2 extended attributes"
		if os.Geteuid() == 0 {
			want = "keeps its ACL, capabilities and 3 extended attributes"
		}
		changes := b.changes()
		if got := reasonOf(t, changes, "bin/server"); !strings.HasSuffix(got, want) {
			t.Errorf("the reason is %q, want %q", got, want)
		}
		if got := reasonOf(t, changes, "bin/plain"); strings.Contains(got, "keeps") {
			t.Errorf("of a plain file the reason is %q", got)
		}
	})
	t.Run("are dropped if the runbook says so", func(t *testing.T) {
		t.Parallel()
		b, _ := labelledBench(t)
		b.params["attributes"] = "drop"
		changes := b.changes()
		if got := reasonOf(t, changes, "bin/server"); !strings.Contains(got, "loses its ACL") {
			t.Errorf("the reason is %q", got)
		}
		b.check(b.apply(changes))
		b.wantAttrs("bin/server", map[string]string{})
	})
	t.Run("leave the integrity of contents to the kernel", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() != 0 {
			t.Skip("only root can set security.ima")
		}
		b, had := labelledBench(t)
		b.set("bin/server", "trusted.overlay.origin", "x")
		if err := unix.Setxattr(filepath.Join(b.root, "bin/server"), "security.ima", []byte("\x01"), 0); err != nil {
			t.Skipf("this kernel lets nobody set security.ima: %v", err)
		}
		b.check(b.apply(b.changes()))
		b.wantAttrs("bin/server", had)
	})
}

// TestModeOverACL shows that a mode of the runbook does to the old ACL what
// chmod does: named users stay, and get no more than the group bits.
func TestModeOverACL(t *testing.T) {
	t.Parallel()
	b, had := labelledBench(t)
	b.params["mode"] = "4604"
	changes := b.changes()
	b.check(b.apply(changes))
	b.wantMode("bin/server", 0o604|fs.ModeSetuid)
	want, err := host.ACLWithMode([]byte(oldACL), 0o604)
	b.check(err)
	had[host.AccessACL] = string(want)
	b.wantAttrs("bin/server", had)
	twin := filepath.Join(b.root, "twin")
	b.check(os.WriteFile(twin, nil, 0o600))
	b.set("twin", host.AccessACL, oldACL)
	b.check(os.Chmod(twin, 0o604))
	if got := b.attrs("twin")[host.AccessACL]; got != string(want) {
		t.Errorf("chmod makes it %q, and Quiesce %q", got, want)
	}
}

// TestACLIsNeverWider lets nobody look: from its first moment an ACL gives no
// more than the mode of the runbook.
func TestACLIsNeverWider(t *testing.T) {
	t.Parallel()
	b, _ := labelledBench(t)
	b.params["mode"] = "0600"
	changes := b.changes()
	given := map[string]string{}
	b.env.Host.Files = watched{b.env.Host.Files, func(attr string, value []byte) error {
		given[attr] = string(value)
		return nil
	}}
	b.check(b.apply(changes))
	want, err := host.ACLWithMode([]byte(oldACL), 0o600)
	b.check(err)
	if given[host.AccessACL] != string(want) {
		t.Errorf("it was given %q, want %q", given[host.AccessACL], want)
	}
}

// TestAttributesAfterInterruption goes on where the targets are absent: the old
// file is under another name by then, and the new one has all that it gets.
func TestAttributesAfterInterruption(t *testing.T) {
	t.Parallel()
	b, had := labelledBench(t)
	before := b.tree()
	changes := b.changes()
	real := b.env.Host.Files
	b.env.Host.Files = unplaced{swapless{real}}
	if err := b.apply(changes); err == nil {
		t.Fatal("nothing interrupted it")
	}
	if _, err := os.Lstat(filepath.Join(b.root, "bin/server")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the target is there: %v", err)
	}
	b.env.Host.Files = watched{real, func(attr string, _ []byte) error { return errors.New("it has " + attr + " already") }}
	b.check(b.apply(changes))
	b.wantAttrs("bin/server", had)
	b.check(b.undo(changes))
	b.sameTree("undo", before)
}

// unplaced cannot place what takes the name of a target.
type unplaced struct{ swapless }

func (u unplaced) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := u.swapless.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return unplacedTree{tree.(swaplessTree)}, nil
}

type unplacedTree struct{ swaplessTree }

func (u unplacedTree) Place(from, to string) error {
	if !strings.Contains(filepath.Base(to), ".quiesce-") {
		return &os.LinkError{Op: "place", Old: from, New: to, Err: syscall.EIO}
	}
	return u.swaplessTree.Place(from, to)
}

// TestInheritedACL: what a directory gives to what is made in it is for new
// files. Else a user could read by it what the old file kept from him.
func TestInheritedACL(t *testing.T) {
	t.Parallel()
	b, had := labelledBench(t)
	b.write(b.pack, "bin/new", "new", 0o640, late)
	b.set("bin", host.DefaultACL, oldACL)
	changes := b.changes()
	b.check(b.apply(changes))
	b.wantAttrs("bin/plain", map[string]string{})
	b.wantMode("bin/plain", 0o640)
	b.wantAttrs("bin/server", had)
	want, err := host.ACLWithMode([]byte(oldACL), 0o640)
	b.check(err)
	b.wantAttrs("bin/new", map[string]string{host.AccessACL: string(want)})
	b.wantMode("bin/new", 0o640)
	b.check(b.undo(changes))
	b.wantAttrs("bin/server", had)
}

func TestAttributesDrift(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do     func(b *bench)
		detail string
	}{
		"one is changed": {func(b *bench) { b.set("bin/server", "user.origin", "me") }, "user.origin is another one"},
		"one is added":   {func(b *bench) { b.set("bin/plain", "user.a", "1") }, "user.a is new"},
		"one is removed": {func(b *bench) { b.check(unix.Removexattr(filepath.Join(b.root, "bin/server"), "user.origin")) }, "user.origin is gone"},
		"somebody else gets rights": {func(b *bench) {
			b.set("bin/plain", host.AccessACL, oldACL)
			b.check(os.Chmod(filepath.Join(b.root, "bin/plain"), 0o640))
		}, host.AccessACL + " is new"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := labelledBench(t)
			changes := b.changes()
			c.do(b)
			before := b.tree()
			simulated := *b.env
			simulated.Host, simulated.Memo = overlay.New(b.env.Host).Host(), &note{}
			for what, err := range map[string]error{
				"simulated": operator().ApplyAll(context.Background(), &simulated, changes),
				"applied":   b.apply(changes),
			} {
				if clash := new(actions.ConflictError); !errors.As(err, &clash) || !strings.Contains(err.Error(), c.detail) {
					t.Errorf("%s: %v, want a conflict that says %q", what, err, c.detail)
				}
			}
			b.check(b.undo(changes))
			b.sameTree("undo", before)
		})
	}
}

// TestAttributesRefused lets the system refuse an attribute of which the plan
// could not know: no target has been touched by then.
func TestAttributesRefused(t *testing.T) {
	t.Parallel()
	b, _ := labelledBench(t)
	changes := b.changes()
	before := b.tree()
	b.env.Host.Files = watched{b.env.Host.Files, func(string, []byte) error { return syscall.EPERM }}
	err := b.apply(changes)
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "keep ") || !strings.Contains(err.Error(), "bin/server") {
		t.Errorf("apply: %v, want one that names the attribute and the file", err)
	}
	after := b.tree()
	for name := range before {
		if strings.HasPrefix(name, "bin/") && after[name] != before[name] {
			t.Errorf("%s is %q, was %q", name, after[name], before[name])
		}
	}
	b.check(b.undo(changes))
	b.sameTree("undo", before)
}

// TestAttributesCost wants one look at the attributes of each replaced file, one
// of each directory, and none of what is created or kept.
func TestAttributesCost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill() // replaces one file in each of two directories
	looks := map[string]int{}
	var mu sync.Mutex
	real := b.env.Host
	real.Files = counted{real.Files, func(name string) {
		mu.Lock()
		defer mu.Unlock()
		looks[name]++
	}}
	want := map[string]int{"bin": 1, "bin/store.exe": 1, "etc": 1, "etc/app.conf": 1}
	simulated := *b.env
	simulated.Host, simulated.Memo = overlay.New(real).Host(), &note{}
	b.env.Host = simulated.Host
	changes := b.changes()
	b.check(operator().ApplyAll(context.Background(), &simulated, changes))
	if d := cmp.Diff(want, looks); d != "" {
		t.Errorf("planning looks at the attributes of\n%s", d)
	}
	clear(looks)
	b.env.Host = real
	b.check(b.apply(changes))
	if d := cmp.Diff(want, looks); d != "" {
		t.Errorf("applying looks at the attributes of\n%s", d)
	}
}

// counted tells whose attributes somebody looks at.
type counted struct {
	host.Files
	look func(name string)
}

func (c counted) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := c.Files.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return countedTree{tree, tree.(host.Attributor), tree.(host.Exchanger), c.look}, nil
}

type countedTree struct {
	host.Tree
	host.Attributor
	host.Exchanger
	look func(name string)
}

func (c countedTree) Xattrs(name string) (map[string][]byte, error) {
	c.look(name)
	return c.Attributor.Xattrs(name)
}

// watched asks before an attribute is set.
type watched struct {
	host.Files
	ask func(attr string, value []byte) error
}

func (w watched) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := w.Files.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return watchedTree{tree, tree.(host.Attributor), w.ask}, nil
}

type watchedTree struct {
	host.Tree
	host.Attributor
	ask func(attr string, value []byte) error
}

func (w watchedTree) SetXattr(name, attr string, value []byte) error {
	if err := w.ask(attr, value); err != nil {
		return &fs.PathError{Op: "set attribute " + attr + " of", Path: name, Err: err}
	}
	return w.Attributor.SetXattr(name, attr, value)
}

// TestAttributesOfNobody plans, as a user without rights, the replacement of a
// program whose capabilities only root may give to another file.
func TestAttributesOfNobody(t *testing.T) {
	t.Parallel()
	if root := os.Getenv("LABELLED_DIR"); root != "" {
		attributesOfNobody(t, root)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file capabilities")
	}
	dir, err := os.MkdirTemp("", "labelled") // not below a directory that only root may enter
	b := &bench{t: t, root: filepath.Join(dir, "root")}
	b.check(err)
	t.Cleanup(func() { b.check(os.RemoveAll(dir)) })
	program := filepath.Join(dir, "test")
	b.check(errors.Join(os.Chmod(dir, 0o777), copyProgram(program)))
	b.write(b.root, "server", "old", 0o755, early)
	b.check(errors.Join(os.Chown(b.root, nobody, nobody), os.Chown(filepath.Join(b.root, "server"), nobody, nobody)))
	b.set("server", host.Capabilities, binding)
	b.set("server", "user.origin", "vendor")
	c := exec.Command(program, "-test.run=^TestAttributesOfNobody$", "-test.v")
	c.Dir, c.Env = dir, append(os.Environ(), "TMPDIR="+dir, "LABELLED_DIR="+b.root)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestAttributesOfNobody") {
		t.Errorf("as user %d: %v\n%s", nobody, err, out)
	}
}

func attributesOfNobody(t *testing.T, root string) {
	t.Helper()
	b := newBench(t)
	b.root, b.params["to"] = root, root
	b.write(b.pack, "server", "new", 0o755, late)
	real := b.env.Host
	b.env.Host = overlay.New(real).Host() // as the program plans
	wantFinding(t, b.proposal(), "attributes", "this user may not give security.capability to a new file")
	b.params["attributes"] = "drop"
	changes := b.changes()
	b.env.Host = real
	b.check(b.apply(changes))
	b.wantAttrs("server", map[string]string{})
	b.check(b.undo(changes))
	b.wantAttrs("server", map[string]string{host.Capabilities: binding, "user.origin": "vendor"})
}
