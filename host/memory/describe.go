package memory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"quiesce/host"
	"quiesce/host/overlay"
)

// Describe returns the whole host as it is now, in normal form, so that two
// descriptions of one host compare by cmp.Diff. What belongs to the script
// stays as it was described, and so does Now. There is nothing in memory that
// could fail to be read: if something does, that is a defect, and it panics.
func (m *Memory) Describe() *Description {
	ctx := context.Background()
	d := *m.began
	d.Files, d.Services, d.Processes = nil, nil, nil
	for _, part := range []func(context.Context, *Description) error{
		m.describeFiles, m.describeServices, m.describeProcesses, m.describeConnections, m.describeMonitors,
	} {
		if err := part(ctx, &d); err != nil {
			panic(fmt.Errorf("describe host %s: %w", d.Name, err))
		}
	}
	d.AtRestart = nil
	for _, r := range m.overlay.DelayedRenames() {
		d.AtRestart = append(d.AtRestart, Rename(r))
	}
	return &d
}

func (m *Memory) describeFiles(ctx context.Context, d *Description) error {
	versions := map[[sha256.Size]byte]*File{}
	for i := range m.began.Files {
		if f := &m.began.Files[i]; f.Version != "" {
			versions[sha256.Sum256(f.Data())] = f
		}
	}
	err := m.overlay.Walk(func(e overlay.Entry) error {
		d.Files = append(d.Files, m.describeFile(e, versions))
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(d.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if d.Space == nil {
		return nil
	}
	return m.inRoot(ctx, newFixture(&Description{OS: d.OS}).root(), func(t host.Tree, name string) error {
		free, _, err := t.(host.SpaceTeller).Free(".")
		d.Space = &Space{Size(free)}
		return err
	})
}

func (m *Memory) describeFile(e overlay.Entry, versions map[[sha256.Size]byte]*File) File {
	f := File{Path: e.Path, Mode: octal(e.Info.Mode()), Deny: e.Denied, OpenBy: e.Holders}
	a, ok := host.AttributesOf(e.Info)
	if ok && a.UID >= 0 {
		f.Owner = fmt.Sprintf("%d:%d", a.UID, a.GID)
	}
	if a.Links > 1 && e.Info.Mode().IsRegular() {
		f.Links = int(a.Links)
	}
	f.Attributes = attributesOf(e.Attributes)
	if len(f.OpenBy) == 0 {
		f.OpenBy = nil
	}
	switch e.Info.Mode().Type() {
	case fs.ModeDir:
		f.Directory = true
		return f
	case fs.ModeSymlink:
		f.Symlink = e.Target
	default:
		if known := versions[sha256.Sum256(e.Data)]; known != nil {
			f.Version, f.Padding = known.Version, known.Padding
		} else {
			f.setData(e.Data)
		}
	}
	f.Modified = e.Info.ModTime().UTC()
	return f
}

func (m *Memory) describeServices(ctx context.Context, d *Description) error {
	list, err := m.host.Services.List(ctx)
	for i, s := range list {
		v := m.began.Services[i] // both are sorted by name, and none comes or goes
		v.State, v.Start = s.State, s.Start
		d.Services = append(d.Services, v)
	}
	return err
}

// describeProcesses lists the processes that belong to no service.
func (m *Memory) describeProcesses(ctx context.Context, d *Description) error {
	list, err := m.host.Processes.List(ctx)
	for _, p := range list {
		if p.Service == "" {
			d.Processes = append(d.Processes, Process{p.PID, p.Name, p.User})
		}
	}
	return err
}

func (m *Memory) describeConnections(ctx context.Context, d *Description) error {
	list, err := m.host.Connections.List(ctx)
	if err != nil {
		return err
	}
	d.Connections, d.Pipes = nil, nil
	for _, c := range list {
		if c.Protocol == host.Pipe {
			d.Pipes = append(d.Pipes, OpenPipe{ID: c.ID, Name: c.Local, Client: c.Remote, Process: c.Process, PID: c.PID, Service: c.Service, Own: c.Own})
			continue
		}
		v := Connection{
			ID: c.ID, Protocol: c.Protocol, Local: c.Local, Remote: c.Remote,
			Process: c.Process, PID: c.PID, Service: c.Service, Client: c.Client, Own: c.Own,
		}
		for _, was := range m.began.Connections {
			if first, _, _ := strings.Cut(c.ID, "+"); was.ID == first {
				v.LeavesAfter, v.ComesBackAfter = was.LeavesAfter, was.ComesBackAfter
			}
		}
		d.Connections = append(d.Connections, v)
	}
	return nil
}

func (m *Memory) describeMonitors(ctx context.Context, d *Description) error {
	list, err := m.host.Monitors.Watchers(ctx)
	if err != nil {
		return err
	}
	d.Monitors, d.Silences = nil, nil
	for _, v := range list {
		d.Monitors = append(d.Monitors, Monitor(v))
	}
	for _, s := range m.began.Silences {
		in, err := m.host.Monitors.Silenced(ctx, s.Server, s.ID)
		if err != nil {
			return err
		}
		if in {
			d.Silences = append(d.Silences, s)
		}
	}
	for _, s := range m.overlay.Silences() {
		d.Silences = append(d.Silences, Silence(s))
	}
	slices.SortFunc(d.Silences, func(a, b Silence) int {
		return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.ID, b.ID))
	})
	return nil
}
