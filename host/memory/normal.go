package memory

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"quiesce/host"
)

// Facts returns the facts of the host.
func (d *Description) Facts() host.Facts { return host.Facts{Name: d.Name, OS: d.OS, Arch: d.Arch} }

// Marshal writes the description as YAML that Parse reads back equal.
func (d *Description) Marshal() ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(d); err != nil {
		return nil, fmt.Errorf("write description of host %s: %w", d.Name, err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("write description of host %s: %w", d.Name, err)
	}
	return b.Bytes(), nil
}

// normal returns a copy in normal form of a description that was checked.
func (d *Description) normal() *Description {
	n := *d
	n.OS = cmp.Or(n.OS, "linux")
	n.Arch = cmp.Or(n.Arch, "amd64")
	if n.Now.IsZero() {
		n.Now = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	n.Now = n.Now.UTC()
	n.Services = normalServices(d.Services)
	n.Processes = slices.Clone(d.Processes)
	n.normalFiles()
	n.normalClients()
	slices.SortFunc(n.Processes, func(a, b Process) int { return cmp.Compare(a.PID, b.PID) })
	n.Silences = slices.Clone(d.Silences)
	for i := range n.Silences {
		n.Silences[i].Until = n.Silences[i].Until.UTC()
	}
	if d.Network != nil {
		n.Network = &Network{slices.Clone(d.Network.TCP), slices.Clone(d.Network.HTTP)}
		for i := range n.Network.HTTP {
			n.Network.HTTP[i].Status = cmp.Or(n.Network.HTTP[i].Status, 200)
		}
	}
	return &n
}

func normalServices(services []Service) []Service {
	services = slices.Clone(services)
	free := 1000
	for i := range services {
		s := &services[i]
		s.State = cmp.Or(s.State, host.Running)
		s.Start = cmp.Or(s.Start, host.StartAuto)
		if s.Process == "" || s.PID != 0 {
			continue
		}
		for slices.ContainsFunc(services, func(o Service) bool { return o.PID == free }) {
			free++
		}
		s.PID = free
	}
	slices.SortFunc(services, func(a, b Service) int { return strings.Compare(a.Name, b.Name) })
	return services
}

func (d *Description) normalFiles() {
	fl := d.Facts().Flavour()
	d.Files = slices.Clone(d.Files)
	for i := range d.Files {
		f := &d.Files[i]
		f.Path = fl.Clean(f.Path)
		f.Mode = cmp.Or(f.Mode, f.defaultMode())
		if mode, err := parseMode(f.Mode); err == nil {
			f.Mode = octal(mode)
		}
		if fl == host.POSIX {
			f.Owner = cmp.Or(f.Owner, "0:0")
		} else {
			f.Owner = ""
		}
		f.Modified = f.Modified.UTC()
		if f.Directory {
			f.Modified = time.Time{}
		} else if f.Modified.IsZero() {
			f.Modified = d.Now
		}
		if f.Base64 != "" {
			f.setData(f.Data())
		}
		if values, err := f.Attributes.values(); err == nil {
			f.Attributes = attributesOf(values)
		}
		if f.Links == 1 {
			f.Links = 0
		}
		f.OpenBy = slices.Clone(f.OpenBy)
		for k := range f.OpenBy {
			h := &f.OpenBy[k]
			h.Sharing = cmp.Or(h.Sharing, "read")
			h.PID, h.Process, h.Service = d.client(h.PID, h.Process, h.Service)
		}
		slices.SortStableFunc(f.OpenBy, func(a, b host.Holder) int { return cmp.Compare(a.PID, b.PID) })
	}
	slices.SortFunc(d.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
}

func (f *File) defaultMode() string {
	switch {
	case f.Directory:
		return "0755"
	case f.Symlink != "":
		return "0777"
	}
	return "0644"
}

func (d *Description) normalClients() {
	d.Connections = slices.Clone(d.Connections)
	used := map[string]bool{}
	for _, c := range d.Connections {
		used[c.ID] = true
	}
	for _, p := range d.Pipes {
		used[p.ID] = true
	}
	for i := range d.Connections {
		c := &d.Connections[i]
		c.Protocol = cmp.Or(c.Protocol, host.TCP)
		c.ID = freeID(c.ID, c.Protocol, used)
		c.PID, c.Process, c.Service = d.client(c.PID, c.Process, c.Service)
	}
	slices.SortFunc(d.Connections, func(a, b Connection) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Local, b.Local),
			cmp.Compare(a.Remote, b.Remote), cmp.Compare(a.ID, b.ID))
	})
	d.Pipes = slices.Clone(d.Pipes)
	for i := range d.Pipes {
		p := &d.Pipes[i]
		p.ID = freeID(p.ID, host.Pipe, used)
		p.PID, p.Process, p.Service = d.client(p.PID, p.Process, p.Service)
	}
	slices.SortFunc(d.Pipes, func(a, b OpenPipe) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Client, b.Client), cmp.Compare(a.ID, b.ID))
	})
	d.Monitors = slices.Clone(d.Monitors)
	for i := range d.Monitors {
		m := &d.Monitors[i]
		m.PID, m.Process, _ = d.client(m.PID, m.Process, "")
	}
	slices.SortStableFunc(d.Monitors, func(a, b Monitor) int {
		return cmp.Or(cmp.Compare(a.Monitor, b.Monitor), cmp.Compare(a.Evidence, b.Evidence))
	})
}

func freeID(id, protocol string, used map[string]bool) string {
	for i := 1; id == "" || (i > 1 && used[id]); i++ {
		if next := fmt.Sprintf("%s-%d", protocol, i); !used[next] {
			id = next
			break
		}
	}
	used[id] = true
	return id
}

// client completes what is known of a process: by its id, else by its name. One
// with an id that nobody mentioned is added.
func (d *Description) client(pid int, process, service string) (int, string, string) {
	for _, s := range d.Services {
		if s.Process != "" && (s.PID == pid || (pid == 0 && s.Process == process)) {
			return s.PID, s.Process, cmp.Or(service, s.Name)
		}
	}
	for _, p := range d.Processes {
		if p.PID == pid || (pid == 0 && p.Name == process) {
			return p.PID, p.Name, service
		}
	}
	if pid != 0 && process != "" {
		d.Processes = append(d.Processes, Process{PID: pid, Name: process})
	}
	return pid, process, service
}

// Data returns the bytes of a file.
func (f *File) Data() []byte {
	switch {
	case f.Version != "":
		return PE(f.Version, f.Padding)
	case f.Base64 != "":
		data, _ := base64.StdEncoding.DecodeString(f.Base64) // checked already
		return data
	}
	return []byte(f.Content)
}

// setData takes text as it is and everything else as base64.
func (f *File) setData(data []byte) {
	f.Content, f.Base64 = "", ""
	if isText(data) {
		f.Content = string(data)
	} else {
		f.Base64 = base64.StdEncoding.EncodeToString(data)
	}
}

func isText(data []byte) bool {
	return utf8.Valid(data) && !bytes.ContainsFunc(data, func(r rune) bool {
		return !unicode.IsPrint(r) && r != '\n' && r != '\t'
	})
}

func parseMode(text string) (fs.FileMode, error) {
	n, err := strconv.ParseUint(text, 8, 12)
	if text != "" && err != nil {
		return 0, fmt.Errorf("mode is octal, such as \"0644\", not %q", text)
	}
	mode := fs.FileMode(n & 0o777)
	for bit, flag := range map[uint64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if n&bit != 0 {
			mode |= flag
		}
	}
	return mode, nil
}

func octal(mode fs.FileMode) string {
	n := uint32(mode.Perm())
	for flag, bit := range map[fs.FileMode]uint32{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if mode&flag != 0 {
			n |= bit
		}
	}
	return fmt.Sprintf("%04o", n)
}
