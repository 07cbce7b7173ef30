package local

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"

	"quiesce/host"
)

// bodyLimit is how much of an HTTP answer is kept in bytes.
const bodyLimit = 64 << 10

// network implements host.Network. It uses no proxy, whatever the environment
// says: what is asked is whether this machine reaches the other.
type network struct{}

// Dial implements host.Network.
func (network) Dial(ctx context.Context, address string) error {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err == nil {
		err = connection.Close()
	}
	return failed(ctx, "connect to", address, err)
}

// HTTP implements host.Network. Errors name the server and the path, never the
// query, which may hold secrets.
func (network) HTTP(ctx context.Context, r host.HTTPRequest) (host.HTTPResponse, error) {
	if r.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.Timeout)
		defer cancel()
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	request, err := http.NewRequestWithContext(ctx, method, r.URL, nil)
	if err != nil {
		return host.HTTPResponse{}, failed(ctx, "send", "HTTP request", withoutURL(err))
	}
	for name, value := range r.Headers {
		request.Header.Set(name, value)
	}
	request.Host = request.Header.Get("Host") // empty: the URL's
	response, err := answer(request, r.Insecure)
	return response, failed(ctx, method, place(request.URL), err)
}

func answer(request *http.Request, insecure bool) (answer host.HTTPResponse, err error) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: insecure}, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return host.HTTPResponse{}, withoutURL(err)
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(response.Body, bodyLimit))
	if err != nil {
		return host.HTTPResponse{}, err
	}
	return host.HTTPResponse{Status: response.StatusCode, Body: body}, nil
}

// place is a URL without what may be secret in it.
func place(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// withoutURL takes the URL out of an error of net/http.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// failed says what was attempted, and why ctx ended where that is the reason.
func failed(ctx context.Context, op, subject string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &host.OpError{Op: op, Subject: subject, Err: err}
}
