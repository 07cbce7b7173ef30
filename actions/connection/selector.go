package connection

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"quiesce/actions"
	"quiesce/host"
)

// selector is one item of select or except: the name of a kind of clients, or
// properties that a connection must all have.
type selector struct {
	Kind     string `json:"kind,omitempty"`
	Protocol string `json:"protocol,omitempty"`
	Port     int    `json:"port,omitempty"`
	Service  string `json:"service,omitempty"`
	Process  string `json:"process,omitempty"`
	Client   string `json:"client,omitempty"`
}

// parseSelector reads a resolved value of the language.
func parseSelector(v any) (selector, error) {
	switch v := v.(type) {
	case string:
		return selector{Kind: v}, nil
	case map[string]any:
		var s selector
		s.Protocol, _ = v["protocol"].(string)
		s.Port, _ = v["port"].(int)
		s.Service, _ = v["service"].(string)
		s.Process, _ = v["process"].(string)
		s.Client, _ = v["client"].(string)
		return s, nil
	}
	return selector{}, fmt.Errorf("%v is no selector", v)
}

// String gives the selector in words, as the subject of a change.
func (s selector) String() string {
	if s.Kind != "" {
		return s.Kind
	}
	var words []string
	if s.Protocol != "" {
		words = append(words, s.Protocol)
	}
	if s.Port != 0 {
		words = append(words, "port "+strconv.Itoa(s.Port))
	}
	for _, w := range []struct{ label, value string }{{"service", s.Service}, {"process", s.Process}, {"client", s.Client}} {
		if w.value != "" {
			words = append(words, w.label+" "+w.value)
		}
	}
	return strings.Join(words, ", ")
}

// check refuses what can match nothing.
func (s selector) check(p *actions.Proposal, param string) {
	if s.Port < 0 || s.Port > 65535 {
		p.Refuse(param, "bad-port", "ports go from 1 to 65535", "%d is no port", s.Port)
	}
	if s.Port != 0 && s.Protocol == host.Pipe {
		p.Refuse(param, "bad-port", "leave out port or protocol", "a pipe has no port")
	}
	for _, pattern := range []string{s.Service, s.Process, s.Client} {
		if pattern != "" && !actions.ValidPattern(pattern) {
			p.Refuse(param, "bad-glob", "close every [ and {", "%q is not a glob", pattern)
		}
	}
}

// matches tells whether the selector means a connection.
func (s selector) matches(f host.Flavour, c host.Connection) bool {
	if s.Kind != "" {
		return slices.ContainsFunc(kinds(), func(k kind) bool { return k.name == s.Kind && k.matches(c) })
	}
	return (s.Protocol == "" || s.Protocol == c.Protocol) &&
		(s.Port == 0 || s.Port == c.Port) &&
		(s.Service == "" || actions.MatchName(f, s.Service, c.Service)) &&
		(s.Process == "" || actions.MatchName(f, s.Process, c.Process)) &&
		(s.Client == "" || matchesClient(s.Client, c))
}

// matchesClient compares without case, as the names of machines do, with what
// the client is and where it is.
func matchesClient(pattern string, c host.Connection) bool {
	address := c.Remote
	if name, _, err := net.SplitHostPort(c.Remote); err == nil {
		address = name
	}
	return slices.ContainsFunc([]string{c.Client, c.Remote, address}, func(name string) bool {
		return name != "" && actions.MatchName(host.Windows, pattern, name)
	})
}

func (k kind) matches(c host.Connection) bool {
	if c.Protocol == host.Pipe && has(k.pipes, pipeName(c.Local)) {
		return true
	}
	return slices.Contains(k.ports, port{c.Protocol, c.Port}) ||
		has(k.processes, c.Process) || has(k.services, c.Service) || has(k.clients, c.Client)
}

func has(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// pipeName leaves out what Windows writes before the name of a pipe.
func pipeName(local string) string {
	name := strings.ToLower(local)
	if i := strings.LastIndex(name, `\pipe\`); i >= 0 {
		name = name[i+len(`\pipe\`):]
	}
	return strings.TrimPrefix(name, `\`)
}
