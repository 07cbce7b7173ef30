package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"quiesce/actions"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
	"quiesce/host"
)

// Volume is one file system of the host, with what a plan needs of it.
type Volume struct {
	Path    string // as the plan names it
	Needed  int64  // bytes for the changes, backups included
	Records int64  // bytes for the records of the run: an estimate
	Free    uint64 // bytes, now
	Unknown bool   // the host cannot tell what is free
}

// Missing returns the bytes that the file system lacks; none if that is not known.
func (v Volume) Missing() int64 {
	if v.Unknown {
		return 0
	}
	return max(0, v.Needed+v.Records-int64(min(v.Free, 1<<62)))
}

// NoSpaceError says which file systems lack space. Nothing was changed.
type NoSpaceError struct {
	Volumes []Volume
}

func (e *NoSpaceError) Error() string {
	lines := make([]string, len(e.Volumes))
	for i, v := range e.Volumes {
		lines[i] = fmt.Sprintf("not enough space on the file system of %s: %d bytes needed, %d free, %d missing", v.Path, v.Needed+v.Records, v.Free, v.Missing())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns host.ErrNoSpace.
func (e *NoSpaceError) Unwrap() error { return host.ErrNoSpace }

// HasRoom returns a *NoSpaceError if the host lacks the space that the plan
// needs, or what is left of it where a run goes on. A host that cannot tell is
// taken to have it: the plan says so.
func (e *Executor) HasRoom(ctx context.Context, p *plan.Plan, h *History) error {
	volumes, err := e.Volumes(ctx, p, h)
	if err != nil {
		return err
	}
	lacking := slices.DeleteFunc(volumes, func(v Volume) bool { return v.Missing() == 0 })
	if len(lacking) > 0 {
		return &NoSpaceError{lacking}
	}
	return nil
}

// Volumes returns the file systems that a plan needs space on, by path, with
// what is free there now. With a history it is what the rest of the run needs.
func (e *Executor) Volumes(ctx context.Context, p *plan.Plan, h *History) ([]Volume, error) {
	needs := p.Space
	if h != nil {
		var err error
		if needs, err = spaceOf(ctx, e, p, h); err != nil {
			return nil, err
		}
	}
	m := &meter{ctx: ctx, host: e.Host, at: map[uint64]int{}}
	for _, n := range needs {
		if err := m.add(Volume{Path: n.Path, Needed: n.Bytes}); err != nil {
			return nil, err
		}
	}
	if records := recordsOf(p, h); e.State != "" && records > 0 {
		dir, err := mountOf(ctx, e.Host, e.State)
		if err != nil {
			return nil, err
		}
		if err := m.add(Volume{Path: dir, Records: records}); err != nil {
			return nil, err
		}
	}
	return m.volumes, nil
}

// recordsOf estimates what the records of a run take, in bytes: of each change
// its line in the plan and, in the journal, what must be known to undo it. One
// that goes on has its plan already.
func recordsOf(p *plan.Plan, h *History) int64 {
	if p.Summary.Changes == 0 {
		return 0
	}
	const open, planned, noted = 4096, 640, 256
	total := int64(open)
	for _, s := range p.Steps {
		if h == nil {
			total += open
		}
		for i := range s.Changes {
			name := int64(len(s.Changes[i].Subject))
			total += noted + name
			if h == nil {
				total += planned + 4*name
			}
		}
	}
	return total
}

// meter adds up what is needed, by file system.
type meter struct {
	ctx     context.Context
	host    host.Host
	volumes []Volume
	at      map[uint64]int // by device
}

func (m *meter) add(v Volume) error {
	free, device, err := freeAt(m.ctx, m.host, v.Path)
	switch {
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, fs.ErrPermission):
		v.Unknown = true
	case err != nil:
		return fmt.Errorf("ask for free space in %s: %w", v.Path, err)
	default:
		v.Free = free
		if i, ok := m.at[device]; ok {
			m.volumes[i].Needed += v.Needed
			m.volumes[i].Records += v.Records
			return nil
		}
		m.at[device] = len(m.volumes)
	}
	m.volumes = append(m.volumes, v)
	return nil
}

// freeAt asks for free space in a directory or, if it is not there yet, in the
// one that it will be in.
func freeAt(ctx context.Context, h host.Host, dir string) (free, device uint64, err error) {
	tree, _, err := nearest(ctx, h, dir)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	teller, ok := tree.(host.SpaceTeller)
	if !ok {
		return 0, 0, errors.ErrUnsupported
	}
	return teller.Free(".")
}

// nearest opens the innermost directory of a path that is there.
func nearest(ctx context.Context, h host.Host, dir string) (host.Tree, string, error) {
	for {
		tree, err := h.Files.Open(ctx, dir)
		parent, _ := h.Facts.Flavour().Split(dir)
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) || parent == dir {
			return tree, dir, err
		}
		dir = parent
	}
}

// mountOf returns the outermost directory on the file system of a directory, as
// far as the user may look.
func mountOf(ctx context.Context, h host.Host, dir string) (string, error) {
	device, at, err := deviceOf(ctx, h, dir)
	if errors.Is(err, fs.ErrPermission) {
		return dir, nil
	}
	if err != nil {
		return "", err
	}
	for {
		parent, _ := h.Facts.Flavour().Split(at)
		if parent == at {
			return at, nil
		}
		other, _, err := deviceOf(ctx, h, parent)
		switch {
		case errors.Is(err, fs.ErrPermission), err == nil && other != device:
			return at, nil
		case err != nil:
			return "", err
		}
		at = parent
	}
}

// deviceOf returns the identity of the file system of a directory, and the
// directory; or those of the one that it will be in.
func deviceOf(ctx context.Context, h host.Host, dir string) (device uint64, at string, err error) {
	tree, at, err := nearest(ctx, h, dir)
	if err != nil {
		return 0, "", fmt.Errorf("look for the file system of %s: %w", dir, err)
	}
	info, _, err := tree.LstatIfPossible(".")
	if err = errors.Join(err, tree.Close()); err != nil {
		return 0, "", fmt.Errorf("look for the file system of %s: %w", at, err)
	}
	a, _ := host.AttributesOf(info)
	return a.Device, at, nil
}

// space adds to the plan what its changes need. The host itself is asked, for
// the simulated one has them already.
func (b *builder) space(ctx context.Context) error {
	e := &Executor{Host: b.Host, Sources: b.Sources, Actions: b.Actions, Run: planning}
	space, err := spaceOf(ctx, e, b.plan, newHistory(journal.Run{ID: planning}))
	if err != nil {
		return err
	}
	b.plan.Space = space
	volumes, err := e.Volumes(ctx, b.plan, nil)
	for _, v := range volumes {
		if v.Unknown {
			b.plan.Notes = append(b.plan.Notes, plan.Note{Message: fmt.Sprintf("cannot tell how much space is free on the file system of %s: see for yourself that there is enough", v.Path)})
		}
	}
	return err
}

// spaceOf adds up what the changes of a plan that are not made yet need, by
// file system.
func spaceOf(ctx context.Context, e *Executor, p *plan.Plan, h *History) ([]plan.Space, error) {
	s := e.session(p, h)
	needs, mounts := map[string]int64{}, map[string]string{}
	for _, ps := range p.Steps {
		groups, err := groupsOf(e.Actions, ps)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			rooms, err := s.room(ctx, ps, g)
			if err != nil {
				return nil, fmt.Errorf("step %s: add up the space: %w", ps.ID, err)
			}
			for _, r := range rooms {
				at, ok := mounts[r.Dir]
				if !ok {
					if at, err = mountOf(ctx, e.Host, r.Dir); err != nil {
						return nil, err
					}
					mounts[r.Dir] = at
				}
				needs[at] += r.Bytes
			}
		}
	}
	var space []plan.Space
	for at, bytes := range needs {
		space = append(space, plan.Space{Path: at, Bytes: bytes})
	}
	slices.SortFunc(space, func(a, b plan.Space) int { return cmp.Compare(a.Path, b.Path) })
	return space, nil
}

// room asks the operator of a group what it has still to take.
func (s *session) room(ctx context.Context, ps *plan.Step, g group) ([]actions.Room, error) {
	sizer, ok := g.operator.(actions.Sizer)
	gh := s.groupState(ps.ID, g)
	if !ok || gh.applied || s.stepState(ps.ID).continued {
		return nil, nil
	}
	return sizer.Room(ctx, s.env(ps.ID, s.memo(gh)), g.changes, gh.intended)
}
