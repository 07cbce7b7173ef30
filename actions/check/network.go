package check

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/runbooks"
)

// httpProbe asks a web server.
type httpProbe struct {
	URL      string            `param:"url" json:"url"`
	Method   string            `param:"method" json:"method,omitempty"`
	Status   int               `param:"status" json:"status,omitempty"`
	Contains string            `param:"contains" json:"contains,omitempty"`
	Headers  map[string]string `param:"headers" json:"headers,omitempty"`
	Insecure bool              `param:"insecure" json:"insecure,omitempty"`
}

func (q *httpProbe) check(p *actions.Proposal, _ *actions.Env) {
	u, err := url.Parse(q.URL)
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "http" && u.Scheme != "https":
		p.Refuse("http", "bad-url", "write it as http://host:port/path", "%q is no address of a web server", show(u, q.URL))
	case u.Port() != "" && !isPort(u.Port()):
		p.Refuse("http", "bad-port", portHint, "%s is no port", u.Port())
	}
	if err == nil && u.User != nil {
		p.Refuse("http", "secret-in-url", "give an Authorization header from a secret input", "the url holds a user, and the plan would show it")
	}
	if q.Status < 100 || q.Status > 599 {
		p.Refuse("http", "bad-status", "a status goes from 100 to 599", "%d is no status of an answer", q.Status)
	}
}

// show returns a url as it was written, without the password that may be in it.
func show(u *url.URL, written string) string {
	if u == nil || u.User == nil {
		return written
	}
	return u.Redacted()
}

const portHint = "ports go from 1 to 65535"

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

func (q *httpProbe) describe() (subject, expected string) {
	expected = fmt.Sprintf("answers with status %d", q.Status)
	if q.Contains != "" {
		expected += fmt.Sprintf(" and contains %q", q.Contains)
	}
	return q.Method + " " + q.URL, expected
}

func (q *httpProbe) ask(ctx context.Context, env *actions.Env) error {
	headers := map[string]string{}
	for name, text := range q.Headers {
		value, err := runbooks.ExpandSecrets(text, env.Secrets)
		if err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
		headers[name] = value
	}
	answer, err := env.Host.Network.HTTP(ctx, host.HTTPRequest{
		Method: q.Method, URL: q.URL, Headers: headers, Insecure: q.Insecure,
	})
	switch {
	case err != nil:
		return err
	case answer.Status != q.Status:
		return fmt.Errorf("status %d, expected %d", answer.Status, q.Status)
	case !bytes.Contains(answer.Body, []byte(q.Contains)):
		return fmt.Errorf("the answer does not contain %q", q.Contains)
	}
	return nil
}

// tcpProbe connects to a port.
type tcpProbe struct {
	Address string `param:"address" json:"address"`
}

func (q *tcpProbe) check(p *actions.Proposal, _ *actions.Env) {
	name, port, err := net.SplitHostPort(q.Address)
	switch {
	case err != nil || name == "" || port == "":
		p.Refuse("tcp", "bad-address", "write it as host:port", "%q is no address of a port", q.Address)
	case !isPort(port):
		p.Refuse("tcp", "bad-port", portHint, "%q is no port", port)
	}
}

func (q *tcpProbe) describe() (subject, expected string) {
	return "tcp " + q.Address, "accepts connections"
}

func (q *tcpProbe) ask(ctx context.Context, env *actions.Env) error {
	return env.Host.Network.Dial(ctx, q.Address)
}
