package executor_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/executor"
	"quiesce/executor/plan"
	"quiesce/host"
	"quiesce/host/local"
	"quiesce/runbooks"
)

// disks is this machine with file systems of a test mounted on directories.
type disks struct {
	host.Files
	free map[string]uint64 // by the directory that each is mounted on
	mute bool              // it cannot tell what is free
	bind bool              // all of them are one file system, mounted several times
}

// on returns the mount that a path is on, and its device.
func (d disks) on(p string) (mount string, device uint64) {
	for m := range d.free {
		if (p == m || strings.HasPrefix(p, m+"/")) && len(m) > len(mount) {
			mount = m
		}
	}
	if d.bind && mount != "" {
		return mount, 1
	}
	for _, c := range mount {
		device = device*31 + uint64(c)
	}
	return mount, device
}

func (d disks) Open(ctx context.Context, dir string) (host.Tree, error) {
	tree, err := d.Files.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	return disk{tree, tree.(host.Syncer), d, dir}, nil
}

// disk is a directory on one of them.
type disk struct {
	host.Tree
	host.Syncer
	all disks
	dir string
}

func (d disk) Free(name string) (uint64, uint64, error) {
	if d.all.mute {
		return 0, 0, errors.ErrUnsupported
	}
	mount, device := d.all.on(filepath.Join(d.dir, name))
	if mount == "" {
		return math.MaxUint64, 0, nil
	}
	return d.all.free[mount], device, nil
}

func (d disk) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	info, ok, err := d.Tree.LstatIfPossible(name)
	if err != nil {
		return info, ok, err
	}
	a, _ := host.AttributesOf(info)
	_, a.Device = d.all.on(filepath.Join(d.dir, name))
	return placed{info, &a}, ok, nil
}

type placed struct {
	fs.FileInfo
	a *host.Attributes
}

func (p placed) Sys() any { return p.a }

// twoSteps puts the pack into two directories.
const twoSteps = `
version: 1
name: Space
steps:
  - {id: one, action: apply-with-overwrite-policy, with: {source: PACK, to: ROOT/one, overwrite: if-different}}
  - {id: two, action: apply-with-overwrite-policy, with: {source: PACK, to: ROOT/two, overwrite: if-different}}
`

// small is a world whose host is this machine with small disks.
type small struct {
	*world
	root string
	host host.Host
}

// newSmall mounts a disk on each of the directories of root.
func newSmall(t *testing.T, free map[string]uint64) *small {
	t.Helper()
	w := newWorld(t, server)
	s := &small{world: w, root: t.TempDir()}
	s.put("one/app.conf", "port 80\n")
	s.put("two/lib/mine.txt", "mine\n")
	s.mount(free, false)
	return s
}

func (s *small) put(name, content string) {
	s.t.Helper()
	file := filepath.Join(s.root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o644)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *small) mount(free map[string]uint64, mute bool) {
	mounts := map[string]uint64{}
	for dir, bytes := range free {
		mounts[filepath.Join(s.root, dir)] = bytes
	}
	s.host = local.New(&local.Digests{})
	s.host.Files = disks{Files: s.host.Files, free: mounts, mute: mute}
}

func (s *small) plan() *plan.Plan {
	s.t.Helper()
	text := strings.NewReplacer("PACK", s.pack, "ROOT", s.root).Replace(twoSteps)
	rb, list := runbooks.Parse("runbook.yaml", []byte(text), runbooks.Limits{})
	if err := list.Err(); err != nil {
		s.t.Fatal(err)
	}
	inputs, list := rb.Bind(nil)
	if err := list.Err(); err != nil {
		s.t.Fatal(err)
	}
	p := &executor.Planner{Host: s.host, Sources: local.New(&local.Digests{}).Files, Actions: s.registry, Tool: "quiesce test"}
	made, list, err := p.Plan(context.Background(), rb, inputs)
	if err = errors.Join(err, list.Err()); err != nil {
		s.t.Fatal(err)
	}
	return made
}

// spaces shows what a plan needs, in blocks, below the root of the test.
func (s *small) spaces(p *plan.Plan) []string {
	var out []string
	for _, v := range p.Space {
		out = append(out, fmt.Sprintf("%s %g", strings.TrimPrefix(v.Path, s.root), float64(v.Bytes)/4096))
	}
	return out
}

const plenty = 1 << 30

func TestPlanTellsSpaceOfEachFileSystem(t *testing.T) {
	t.Parallel()
	// One: a file and a link beside others, a folder with two files: 3 files, 1 name each
	// in the root and in the new folder. Two: the same, but its folder has a disk of its own.
	for _, test := range []struct {
		free map[string]uint64
		want []string
	}{
		{map[string]uint64{".": plenty}, []string{" 10"}},
		{map[string]uint64{".": plenty, "two": plenty}, []string{" 5", "/two 5"}},
		{map[string]uint64{"one": plenty, "two": plenty, "two/lib": plenty}, []string{"/one 5", "/two 2", "/two/lib 3"}},
	} {
		s := newSmall(t, test.free)
		if diff := cmp.Diff(test.want, s.spaces(s.plan())); diff != "" {
			t.Error(diff)
		}
	}
}

// TestSpaceIsNoPartOfThePlan: what is free makes no difference to it.
func TestSpaceIsNoPartOfThePlan(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]uint64{".": plenty})
	roomy := written(t, s.plan())
	s.mount(map[string]uint64{".": 1}, false)
	if diff := cmp.Diff(roomy, written(t, s.plan())); diff != "" {
		t.Error(diff)
	}
}

func TestVerifyWantsSpace(t *testing.T) {
	t.Parallel()
	const block = 4096
	for name, test := range map[string]struct {
		free  map[string]uint64
		state string
		want  string // the file systems that lack it
	}{
		"just enough":             {free: map[string]uint64{".": 10 * block}},
		"a byte too little":       {free: map[string]uint64{".": 10*block - 1}, want: " 1"},
		"one of two":              {free: map[string]uint64{"one": 5 * block, "two": 4 * block}, want: "/two 4096"},
		"both":                    {free: map[string]uint64{"one": 1, "two": 0}, want: "/one 20479, /two 20480"},
		"records elsewhere":       {free: map[string]uint64{".": 10 * block, "state": plenty}, state: "state"},
		"records on the same":     {free: map[string]uint64{".": 10 * block}, state: "state/of/runs", want: " more"},
		"records without a place": {free: map[string]uint64{".": plenty, "state": 8}, state: "state", want: "/state more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, test.free)
			if err := os.Mkdir(filepath.Join(s.root, "state"), 0o700); err != nil {
				t.Fatal(err)
			}
			p := s.plan()
			before := s.files()
			e := s.executorOn(s.host, begin(t, p))
			if test.state != "" {
				e.State = filepath.Join(s.root, test.state)
			}
			if got := s.lacks(e.Verify(context.Background(), p)); got != test.want {
				t.Errorf("lacks %q, want %q", got, test.want)
			}
			if diff := cmp.Diff(before, s.files()); diff != "" {
				t.Errorf("verifying changed the host: %s", diff)
			}
		})
	}
}

// lacks tells what an error says that is missing, and where; of records, which
// are an estimate, not how much.
func (s *small) lacks(err error) string {
	s.t.Helper()
	if err == nil {
		return ""
	}
	var lack *executor.NoSpaceError
	if !errors.As(err, &lack) || !errors.Is(err, host.ErrNoSpace) {
		s.t.Fatal(err)
	}
	var parts []string
	for _, v := range lack.Volumes {
		missing := fmt.Sprint(v.Missing())
		if v.Records > 0 {
			missing = "more"
		}
		parts = append(parts, strings.TrimPrefix(v.Path, s.root)+" "+missing)
	}
	return strings.Join(parts, ", ")
}

func (s *small) files() []string {
	s.t.Helper()
	var names []string
	err := filepath.WalkDir(s.root, func(p string, _ fs.DirEntry, err error) error {
		names = append(names, p)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return names
}

// TestOneFileSystemMountedTwice adds up what goes to either place.
func TestOneFileSystemMountedTwice(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]uint64{"one": 9 * 4096, "two": 9 * 4096})
	d := s.host.Files.(disks)
	d.bind = true
	s.host.Files = d
	p := s.plan()
	if diff := cmp.Diff([]string{"/one 5", "/two 5"}, s.spaces(p)); diff != "" {
		t.Error(diff)
	}
	if got := s.lacks(s.executorOn(s.host, begin(t, p)).Verify(context.Background(), p)); got != "/one 4096" {
		t.Errorf("lacks %q", got)
	}
}

// TestDriftComesFirst: room for a plan that does not fit is nobody's concern.
func TestDriftComesFirst(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]uint64{".": 1})
	p := s.plan()
	s.put("one/app.conf", "somebody's\n")
	var drift *executor.DriftError
	if err := s.executorOn(s.host, begin(t, p)).Verify(context.Background(), p); !errors.As(err, &drift) {
		t.Errorf("got %v", err)
	}
}

// TestWhoCannotTellSpace goes on, and the plan says so.
func TestWhoCannotTellSpace(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]uint64{".": 1})
	s.mount(map[string]uint64{".": 1}, true)
	p := s.plan()
	if n := len(p.Notes); n == 0 || !strings.Contains(p.Notes[n-1].Message, "cannot tell how much space is free on the file system of "+s.root) {
		t.Errorf("notes %v", p.Notes)
	}
	if diff := cmp.Diff([]string{" 10"}, s.spaces(p)); diff != "" {
		t.Error(diff)
	}
	if err := s.executorOn(s.host, begin(t, p)).Verify(context.Background(), p); err != nil {
		t.Error(err)
	}
}

// TestRestOfARunNeedsLess cuts a run off at every record, and wants of its rest
// that it never takes more than the whole, and no more than what it takes.
func TestRestOfARunNeedsLess(t *testing.T) {
	t.Parallel()
	last := int64(10 * 4096)
	for n := 0; ; n++ {
		s := newSmall(t, map[string]uint64{".": plenty})
		p := s.plan()
		r := begin(t, p)
		e := s.executorOn(s.host, r)
		outcome := s.until(r, n, func(ctx context.Context) (executor.Outcome, error) { return e.Apply(ctx, p) })
		volumes, err := e.Volumes(context.Background(), p, s.history(p, r))
		if err != nil {
			t.Fatal(err)
		}
		rest := int64(0)
		for _, v := range volumes {
			rest += v.Needed
		}
		if rest > last {
			t.Errorf("cut off at record %d, %d bytes are needed, and %d one before", n, rest, last)
		}
		last = rest
		if _, err := os.Stat(filepath.Join(s.root, "two/app.conf")); err == nil && rest > 0 {
			t.Errorf("cut off at record %d, everything is in place, and %d bytes are needed", n, rest)
		}
		s.mount(map[string]uint64{".": uint64(max(rest, 1) - 1)}, false)
		if err := s.executorOn(s.host, r).HasRoom(context.Background(), p, s.history(p, r)); (err == nil) != (rest == 0) {
			t.Errorf("cut off at record %d, with a byte too little: %v", n, err)
		}
		if outcome == executor.Succeeded {
			break
		}
	}
	if last != 0 {
		t.Errorf("in the end %d bytes are needed", last)
	}
}
