package memory

import (
	"context"
	"syscall"

	"quiesce/host"
)

// maxBody is how much of an answer is returned.
const maxBody = 64 << 10

// network implements host.Network by what the description says.
type network struct{ m *Memory }

// Dial implements host.Network.
func (n network) Dial(ctx context.Context, address string) error {
	if d := n.m.began.Network; d != nil {
		for _, v := range d.TCP {
			if v.Address != address {
				continue
			}
			return n.answers(ctx, "dial", address, v.Service)
		}
	}
	return n.refused(ctx, "dial", address)
}

// HTTP implements host.Network.
func (n network) HTTP(ctx context.Context, r host.HTTPRequest) (host.HTTPResponse, error) {
	if d := n.m.began.Network; d != nil {
		for _, v := range d.HTTP {
			if v.URL != r.URL {
				continue
			}
			if err := n.answers(ctx, "send request to", r.URL, v.Service); err != nil {
				return host.HTTPResponse{}, err
			}
			return host.HTTPResponse{Status: v.Status, Body: []byte(v.Body)[:min(maxBody, len(v.Body))]}, nil
		}
	}
	return host.HTTPResponse{}, n.refused(ctx, "send request to", r.URL)
}

// answers returns nil if the service runs that answers; one without a name
// always does.
func (n network) answers(ctx context.Context, op, subject, service string) error {
	if service == "" {
		return context.Cause(ctx)
	}
	list, err := n.m.host.Services.List(ctx)
	if err != nil {
		return &host.OpError{Op: op, Subject: subject, Err: err}
	}
	key := n.m.began.Facts().Flavour().Key
	for _, s := range list {
		if key(s.Name) == key(service) && s.State == host.Running {
			return nil
		}
	}
	return n.refused(ctx, op, subject)
}

func (n network) refused(ctx context.Context, op, subject string) error {
	if err := context.Cause(ctx); err != nil {
		return &host.OpError{Op: op, Subject: subject, Err: err}
	}
	return &host.OpError{Op: op, Subject: subject, Err: syscall.ECONNREFUSED}
}
