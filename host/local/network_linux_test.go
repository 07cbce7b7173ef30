package local_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"quiesce/host"
	"quiesce/host/local"
)

func TestDial(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := listener.Addr().String()
	must(t, local.New(&local.Digests{}).Network.Dial(t.Context(), address))
	must(t, listener.Close())
	if err := local.New(&local.Digests{}).Network.Dial(t.Context(), closedPort(t)); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial to a closed port: %v", err)
	}
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if err := local.New(&local.Digests{}).Network.Dial(ctx, address); !errors.Is(err, reason) {
		t.Errorf("Dial after the end of the context: %v", err)
	}
}

// closedPort returns an address where nobody listens. The port is taken, so
// that no other program comes to listen there meanwhile.
func closedPort(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	must(t, err)
	t.Cleanup(func() { must(t, syscall.Close(fd)) })
	must(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	name, err := syscall.Getsockname(fd)
	must(t, err)
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(name.(*syscall.SockaddrInet4).Port))
}

func handler(t *testing.T) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte(r.Method + " " + r.Host + " " + r.Header.Get("X-Token")))
	})
	mux.Handle("/away", http.RedirectHandler("/echo", http.StatusFound))
	mux.HandleFunc("/big", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-t.Context().Done():
		}
	})
	return mux
}

func TestHTTP(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // is not asked
	server := httptest.NewServer(handler(t))
	defer server.Close()
	secure := httptest.NewTLSServer(handler(t))
	defer secure.Close()
	ask := func(r host.HTTPRequest) (host.HTTPResponse, error) {
		return local.New(&local.Digests{}).Network.HTTP(t.Context(), r)
	}
	t.Run("method, headers, status and body", func(t *testing.T) {
		got, err := ask(host.HTTPRequest{Method: "PUT", URL: server.URL + "/echo", Headers: map[string]string{"Host": "example.org", "X-Token": "t"}})
		if err != nil || got.Status != http.StatusTeapot || string(got.Body) != "PUT example.org t" {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("redirects are not followed", func(t *testing.T) {
		if got, err := ask(host.HTTPRequest{URL: server.URL + "/away"}); err != nil || got.Status != http.StatusFound {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("the first 64 KiB of the body", func(t *testing.T) {
		if got, err := ask(host.HTTPRequest{URL: server.URL + "/big"}); err != nil || len(got.Body) != 64<<10 {
			t.Errorf("%d bytes, %v", len(got.Body), err)
		}
	})
	t.Run("a timeout", func(t *testing.T) {
		if _, err := ask(host.HTTPRequest{URL: server.URL + "/slow", Timeout: 20 * time.Millisecond}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	t.Run("a certificate that nobody signed", func(t *testing.T) {
		if _, err := ask(host.HTTPRequest{URL: secure.URL + "/echo"}); err == nil {
			t.Error("was accepted")
		}
		if got, err := ask(host.HTTPRequest{URL: secure.URL + "/echo", Insecure: true}); err != nil || got.Status != http.StatusTeapot {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("errors show no query", func(t *testing.T) {
		for _, url := range []string{"http://user:hunter2@127.0.0.1:1/x?token=hunter2", "http://127.0.0.1:1/%zz?hunter2", "gopher://x/?hunter2"} {
			if _, err := ask(host.HTTPRequest{URL: url}); err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", url, err)
			}
		}
	})
}
