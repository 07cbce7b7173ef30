package memory

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"quiesce/host"
	"quiesce/internal/diag"
)

// checker looks for what cannot be in a description whose every value has the
// right type.
type checker struct {
	*decoder
	d        *Description
	fl       host.Flavour
	files    map[string]*File // by key of the clean path
	services map[string]bool  // by key
	programs map[string]bool  // names of programs that run
}

// check reports everything about d that cannot be.
func (d *decoder) check(v *Description) {
	c := checker{d, v, host.Facts{OS: v.OS}.Flavour(), map[string]*File{}, map[string]bool{}, map[string]bool{}}
	if v.Name == "" {
		c.wrong(v, "missing-key", "the host has no name")
	}
	if v.OS != "" && !slices.Contains(systems(), v.OS) {
		c.wrong(v, "wrong-value", "no system is called %q: os is one of %s", v.OS, strings.Join(systems(), ", "))
	}
	c.checkServices()
	c.checkProcesses()
	for i := range v.Files {
		c.checkFile(&v.Files[i])
	}
	for i := range v.Files {
		c.checkParents(&v.Files[i])
	}
	c.checkClients()
	c.checkScripts()
}

// systems are those that Quiesce is built for, as Go names them.
func systems() []string {
	return []string{"linux", "windows", "darwin", "freebsd", "openbsd", "netbsd"}
}

// wrong reports a mistake in the struct that v points to.
func (c *checker) wrong(v any, rule, format string, args ...any) {
	at, ok := c.places[v]
	if !ok {
		at = diag.Range{File: c.file}
	}
	c.diags.Errorf(at, rule, "", format, args...)
}

func (c *checker) checkServices() {
	for i := range c.d.Services {
		s := &c.d.Services[i]
		key := c.fl.Key(s.Name)
		switch {
		case s.Name == "":
			c.wrong(s, "missing-key", "a service has no name")
		case c.services[key]:
			c.wrong(s, "repeated-name", "service %s stands here twice", s.Name)
		}
		c.services[key] = true
		if s.Process != "" {
			c.programs[s.Process] = true
		}
		states := []host.ServiceState{"", host.Running, host.Stopped, host.Paused, host.Starting, host.Stopping, host.Failed}
		if !slices.Contains(states, s.State) {
			c.wrong(s, "wrong-value", "service %s: no state is called %q", s.Name, s.State)
		}
		starts := []host.StartType{"", host.StartAuto, host.StartManual, host.StartDisabled, host.StartHeld}
		if !slices.Contains(starts, s.Start) {
			c.wrong(s, "wrong-value", "service %s: no start type is called %q", s.Name, s.Start)
		}
		if s.OnStart != nil && s.OnStart.Hang {
			c.wrong(s, "wrong-value", "service %s: only stopping can hang", s.Name)
		}
	}
	for i := range c.d.Services {
		s := &c.d.Services[i]
		for _, name := range s.DependsOn {
			c.wantService(s, name)
		}
	}
}

func (c *checker) wantService(v any, name string) {
	if name != "" && !c.services[c.fl.Key(name)] {
		c.wrong(v, "unknown-service", "there is no service %s", name)
	}
}

func (c *checker) checkProcesses() {
	seen := map[int]string{}
	for _, s := range c.d.Services {
		if s.PID != 0 {
			seen[s.PID] = s.Name
		}
	}
	for i := range c.d.Processes {
		p := &c.d.Processes[i]
		c.programs[p.Name] = true
		switch {
		case p.Name == "" || p.PID <= 0:
			c.wrong(p, "missing-key", "a process has a name and a pid")
		case seen[p.PID] != "":
			c.wrong(p, "repeated-pid", "process id %d is that of %s and of %s", p.PID, seen[p.PID], p.Name)
		}
		seen[p.PID] = p.Name
	}
}

// wantProcess reports a program that is named without a pid and does not run.
func (c *checker) wantProcess(v any, name string, pid int) {
	if name != "" && pid == 0 && !c.programs[name] {
		c.wrong(v, "unknown-process", "no process is called %s: give it a pid", name)
	}
}

func (c *checker) checkFile(f *File) {
	if !c.wantPath(f, f.Path) {
		return
	}
	if rootOf(c.fl, f.Path) == c.fl.Clean(f.Path) && !f.Directory {
		c.wrong(f, "wrong-path", "%s is a directory", f.Path)
	}
	key := c.fl.Key(c.fl.Clean(f.Path))
	if c.files[key] != nil {
		c.wrong(f, "repeated-name", "%s stands here twice", f.Path)
	}
	c.files[key] = f
	sources := []bool{f.Version != "", f.Content != "", f.Base64 != "", f.From != "", f.Directory, f.Symlink != ""}
	if n := len(slices.DeleteFunc(sources, func(b bool) bool { return !b })); n > 1 {
		c.wrong(f, "ambiguous", "%s: version, content, base64, from, directory and symlink exclude each other", f.Path)
	}
	if f.Version != "" {
		if _, err := ParseVersion(f.Version); err != nil {
			c.wrong(f, "wrong-value", "%s: %v", f.Path, err)
		}
	}
	if f.Padding < 0 || f.Padding > maxSize || (f.Padding != 0 && f.Version == "") {
		c.wrong(f, "wrong-value", "%s: padding goes with a version and is not more than %d", f.Path, maxSize)
	}
	if _, err := base64.StdEncoding.DecodeString(f.Base64); err != nil {
		c.wrong(f, "wrong-value", "%s: %v", f.Path, err)
	}
	if _, err := parseMode(f.Mode); err != nil {
		c.wrong(f, "wrong-value", "%s: %v", f.Path, err)
	}
	if _, _, err := parseOwner(f.Owner); err != nil {
		c.wrong(f, "wrong-value", "%s: %v", f.Path, err)
	}
	c.checkAttributes(f)
	for i := range f.OpenBy {
		h := &f.OpenBy[i]
		if !slices.Contains([]string{"", "none", "read", "all"}, h.Sharing) {
			c.wrong(h, "wrong-value", "%s: sharing is none, read or all, not %q", f.Path, h.Sharing)
		}
		c.wantProcess(h, h.Process, h.PID)
	}
}

func (c *checker) checkAttributes(f *File) {
	plain := !f.Directory && f.Symlink == ""
	if f.Links < 0 || f.Links > 1 && !plain {
		c.wrong(f, "wrong-value", "%s: links is how many names a file has", f.Path)
	}
	if len(f.Attributes) > 0 && (c.fl == host.Windows || f.Symlink != "") {
		c.wrong(f, "wrong-value", "%s: neither Windows nor symbolic links have attributes here", f.Path)
	}
	if _, err := f.Attributes.values(); err != nil {
		c.wrong(f, "wrong-value", "%s: %v", f.Path, err)
	}
}

// checkParents reports a file below something that is no directory.
func (c *checker) checkParents(f *File) {
	if !c.fl.IsAbs(f.Path) {
		return
	}
	for dir, _ := c.fl.Split(f.Path); ; {
		if above := c.files[c.fl.Key(dir)]; above != nil && !above.Directory && above != f {
			c.wrong(f, "wrong-path", "%s lies below %s, which is no directory", f.Path, above.Path)
			return
		}
		next, _ := c.fl.Split(dir)
		if next == dir {
			return
		}
		dir = next
	}
}

func (c *checker) checkClients() {
	for i := range c.d.Connections {
		v := &c.d.Connections[i]
		if !slices.Contains([]string{"", host.TCP, host.UDP}, v.Protocol) {
			c.wrong(v, "wrong-value", "protocol is tcp or udp, not %q; pipes stand under pipes", v.Protocol)
		}
		for _, address := range []string{v.Local, v.Remote} {
			if _, err := portOf(address); err != nil {
				c.wrong(v, "wrong-value", "%v", err)
			}
		}
		c.wantProcess(v, v.Process, v.PID)
		c.wantService(v, v.Service)
	}
	for i := range c.d.Pipes {
		p := &c.d.Pipes[i]
		if p.Name == "" || p.Client == "" {
			c.wrong(p, "missing-key", "a pipe has a name and a client")
		}
		c.wantProcess(p, p.Process, p.PID)
		c.wantService(p, p.Service)
	}
	for i := range c.d.Monitors {
		m := &c.d.Monitors[i]
		if m.Monitor == "" || m.Evidence == "" {
			c.wrong(m, "missing-key", "a monitor has a monitor and evidence")
		}
		c.wantProcess(m, m.Process, m.PID)
	}
}

func (c *checker) checkScripts() {
	for i := range c.d.Commands {
		v := &c.d.Commands[i]
		if len(v.Argv) == 0 {
			c.wrong(v, "missing-key", "a command has an argv")
		}
		for _, name := range slices.Concat(v.Starts, v.Stops) {
			c.wantService(v, name)
		}
		for _, w := range v.Writes {
			c.wantPath(v, w.Path)
		}
		for _, path := range v.Removes {
			c.wantPath(v, path)
		}
	}
	for i := range c.d.AtRestart {
		c.checkRename(&c.d.AtRestart[i])
	}
	if c.d.Network == nil {
		return
	}
	for i := range c.d.Network.TCP {
		c.wantService(&c.d.Network.TCP[i], c.d.Network.TCP[i].Service)
	}
	for i := range c.d.Network.HTTP {
		c.wantService(&c.d.Network.HTTP[i], c.d.Network.HTTP[i].Service)
	}
}

func (c *checker) checkRename(r *Rename) {
	switch {
	case c.fl != host.Windows:
		c.wrong(r, "wrong-value", "only Windows renames at its next start")
	case !c.wantPath(r, r.From) || !c.wantPath(r, r.To):
	case c.files[c.fl.Key(c.fl.Clean(r.From))] == nil:
		c.wrong(r, "wrong-path", "there is no file %s to rename", r.From)
	case c.fl.Key(rootOf(c.fl, r.From)) != c.fl.Key(rootOf(c.fl, r.To)):
		c.wrong(r, "wrong-path", "%s and %s are on two volumes", r.From, r.To)
	}
}

// wantPath reports a path that is not absolute or has a name in it that no file
// can have, and tells whether it is fine.
func (c *checker) wantPath(v any, path string) bool {
	if !c.fl.IsAbs(path) {
		c.wrong(v, "wrong-path", "path %q is not absolute on %s", path, cmp.Or(c.d.OS, "linux"))
		return false
	}
	forbidden := "\x00"
	if c.fl == host.Windows {
		forbidden += `<>:"|?*`
	}
	name := below(c.fl, rootOf(c.fl, path), path)
	for part := range strings.SplitSeq(name, "/") {
		if strings.ContainsAny(part, forbidden) || len(part) > 255 {
			c.wrong(v, "wrong-path", "path %q: no file can be called %q", path, part)
			return false
		}
	}
	return true
}

func portOf(address string) (int, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, fmt.Errorf("address %q is not address:port", address)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("address %q: %q is no port", address, port)
	}
	return int(n), nil
}

func parseOwner(owner string) (uid, gid int, err error) {
	if owner == "" {
		return 0, 0, nil
	}
	u, g, ok := strings.Cut(owner, ":")
	a, errU := strconv.ParseUint(u, 10, 31)
	b, errG := strconv.ParseUint(g, 10, 31)
	if !ok || errU != nil || errG != nil {
		return 0, 0, fmt.Errorf("owner is written uid:gid, such as 0:0, not %q", owner)
	}
	return int(a), int(b), nil
}
