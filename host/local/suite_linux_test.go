package local_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"quiesce/host/hosttest"
	"quiesce/host/local"
)

// TestSuite holds this machine to the promises of every host.
func TestSuite(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("hello")) // the test sees what is missing
	}))
	t.Cleanup(server.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	closed := gone.Listener.Addr().String()
	gone.Close()
	lacks := []string{
		hosttest.Services, hosttest.Processes, hosttest.Connections, hosttest.Monitors,
		hosttest.Delay, hosttest.FixedHolders,
	}
	if os.Geteuid() != 0 {
		lacks = append(lacks, hosttest.Ownership)
	}
	if !hosttest.KeepsAttributes(t, local.New(&local.Digests{})) {
		lacks = append(lacks, hosttest.Attributes)
	}
	hosttest.Run(t, func(t *testing.T, f hosttest.Fixture) hosttest.World {
		t.Helper()
		dir := t.TempDir()
		f.Write(t, dir)
		return hosttest.World{
			Host: local.New(&local.Digests{}), Dir: dir, Lacks: lacks,
			Programs: hosttest.Programs{
				Hello: []string{"sh", "-c", "printf hello; printf warning >&2"},
				Three: []string{"sh", "-c", "exit 3"},
				Long:  []string{"sleep", "60"},
			},
			Sites: hosttest.Sites{Open: server.Listener.Addr().String(), Closed: closed, URL: server.URL},
		}
	})
}
