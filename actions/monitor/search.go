package monitor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"quiesce/actions"
	"quiesce/host"
)

// search says what is looked for, and stands in the change.
type search struct {
	Monitor string   `json:"monitor"`
	From    []string `json:"from"`
	// Processes are the names and globs of programs, of the monitor others.
	Processes []string `json:"processes,omitempty"`
	// Ended are the ids of processes that the step ends before.
	Ended []int `json:"ended,omitempty"`
}

// sighting is one piece of evidence that somebody watches.
type sighting struct {
	monitor  string
	remote   bool
	evidence string
	client   string // the machine that it watches from, if remote
	process  *host.Process
}

// scene is what the host shows at one moment.
type scene struct {
	flavour     host.Flavour
	watchers    []host.Watcher
	processes   []host.Process
	connections []host.Connection
}

// look asks the host all that may give a monitor away. What it cannot answer
// is an error: that nobody watches is not known then.
func look(ctx context.Context, h host.Host) (*scene, error) {
	s := &scene{flavour: h.Facts.Flavour()}
	var err error
	if s.watchers, err = h.Monitors.Watchers(ctx); err != nil {
		return nil, actions.Unknown("who watches the host", err)
	}
	if s.processes, err = h.Processes.List(ctx); err != nil {
		return nil, actions.Unknown("which monitors run on the host", err)
	}
	if s.connections, err = h.Connections.List(ctx); err != nil {
		return nil, actions.Unknown("which monitors are connected to the host", err)
	}
	return s, nil
}

// find returns the evidence, in the order processes, connections, watchers.
func (s *scene) find(q search) []sighting {
	var found []sighting
	if q.Monitor == others {
		return s.named(q)
	}
	for _, sign := range table() {
		if sign.monitor == q.Monitor {
			found = append(found, s.running(sign)...)
			found = append(found, s.connected(sign)...)
		}
	}
	for _, w := range s.watchers {
		if w.Monitor == q.Monitor {
			found = append(found, s.watching(w))
		}
	}
	found = slices.DeleteFunc(found, func(g sighting) bool { return !slices.Contains(q.From, place(g.remote)) })
	return unique(found)
}

func (s *scene) named(q search) []sighting {
	var found []sighting
	for i, p := range s.processes {
		for _, pattern := range q.Processes {
			if actions.MatchName(s.flavour, pattern, p.Name) {
				found = append(found, sighting{monitor: others, evidence: running(p, ""), process: &s.processes[i]})
				break
			}
		}
	}
	return found
}

func (s *scene) running(sign signs) []sighting {
	var found []sighting
	for i, p := range s.processes {
		for _, known := range sign.processes {
			if strings.EqualFold(known.name, p.Name) {
				found = append(found, sighting{monitor: sign.monitor, evidence: running(p, known.note), process: &s.processes[i]})
			}
		}
	}
	return found
}

func running(p host.Process, note string) string {
	text := fmt.Sprintf("process %s (%d) runs", p.Name, p.PID)
	if p.Service != "" {
		text += " for service " + p.Service
	}
	if note != "" {
		text += ", " + note
	}
	return text
}

func (s *scene) connected(sign signs) []sighting {
	var found []sighting
	for _, c := range s.connections {
		var what string
		switch {
		case c.Protocol == host.TCP && slices.Contains(sign.ports, c.Port):
			what = fmt.Sprintf("port %d", c.Port)
		case c.Protocol == host.Pipe && slices.Contains(sign.pipes, pipeName(c.Local)):
			what = "pipe " + c.Local
		default:
			continue
		}
		client := c.Client
		if client == "" {
			client = c.Remote
		}
		found = append(found, sighting{
			monitor: sign.monitor, remote: !loopback(c.Remote), client: client,
			evidence: fmt.Sprintf("%s is connected to %s", client, what),
		})
	}
	return found
}

func (s *scene) watching(w host.Watcher) sighting {
	g := sighting{monitor: w.Monitor, remote: w.Remote, evidence: w.Evidence, client: w.Client}
	for i, p := range s.processes {
		if !w.Remote && w.PID != 0 && p.PID == w.PID {
			g.process = &s.processes[i]
		}
	}
	return g
}

// unique keeps one piece of evidence for each process.
func unique(found []sighting) []sighting {
	seen := map[int]bool{}
	return slices.DeleteFunc(found, func(g sighting) bool {
		if g.process == nil {
			return false
		}
		again := seen[g.process.PID]
		seen[g.process.PID] = true
		return again
	})
}

func place(isRemote bool) string {
	if isRemote {
		return remote
	}
	return local
}

func loopback(address string) bool {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		name = address
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback() || strings.EqualFold(name, "localhost")
}

// pipeName leaves out what Windows writes before the name of a pipe.
func pipeName(name string) string {
	name = strings.ToLower(name)
	if i := strings.LastIndex(name, `\pipe\`); i >= 0 {
		name = name[i+len(`\pipe\`):]
	}
	return strings.TrimPrefix(name, `\`)
}

func evidence(found []sighting) string {
	lines := make([]string, len(found))
	for i, g := range found {
		lines[i] = g.evidence
	}
	return strings.Join(lines, "; ")
}
