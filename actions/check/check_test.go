package check_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions/actiontest"
	"quiesce/actions/check"
	"quiesce/host"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte("valid until 2031")))
	licence := func(with map[string]any) map[string]any {
		with["path"] = "/etc/app/licence"
		return with
	}
	for _, test := range []struct {
		name, kind string
		with       map[string]any
		plan, want string // want "" passes
	}{
		{"another status", "http", map[string]any{"url": "http://localhost/health", "status": 204}, "GET http://localhost/health: answers with status 204", "status 200, expected 204"},
		{"another text", "http", map[string]any{"url": "http://localhost/health", "contains": "ok"}, `GET http://localhost/health: answers with status 200 and contains "ok"`, `the answer does not contain "ok"`},
		{"a server that is down", "http", map[string]any{"url": "http://localhost/down"}, "GET http://localhost/down: answers with status 200", "asked once"},
		{"a closed port", "tcp", map[string]any{"address": "localhost:26"}, "tcp localhost:26: accepts connections", "localhost:26"},
		{"the digest of a file", "file", licence(map[string]any{"sha256": strings.ToUpper(digest)}), "file /etc/app/licence: exists, with SHA-256 " + strings.ToUpper(digest), ""},
		{"another digest", "file", licence(map[string]any{"sha256": strings.Repeat("0", 64)}), "", "its SHA-256 is " + digest},
		{"another text in a file", "file", licence(map[string]any{"contains": "invalid"}), `file /etc/app/licence: exists, and contains "invalid"`, `it does not contain "invalid"`},
		{"a file that must not be there", "file", licence(map[string]any{"exists": false}), "file /etc/app/licence: does not exist", "it exists"},
		{"a file that is not there", "file", map[string]any{"path": "/etc/app/none", "exists": false}, "file /etc/app/none: does not exist", ""},
		{"a directory that is not there", "file", map[string]any{"path": "/srv/none/x", "exists": false}, "file /srv/none/x: does not exist", ""},
		{"the root", "file", map[string]any{"path": "/"}, "file /: exists", ""},
		{"a missing file", "file", map[string]any{"path": "/etc/app/none"}, "file /etc/app/none: exists", "file does not exist"},
		{"a directory is no file with contents", "file", map[string]any{"path": "/etc/app", "contains": "x"}, "", "it is no file"},
		{"a file that cannot be read", "file", map[string]any{"path": "/etc/app/secret", "contains": "x"}, "", "permission denied"},
		{"a service in another state", "service", map[string]any{"name": "old.service"}, "service old.service: is running", "it is stopped, expected running"},
		{"a service that is to be stopped", "service", map[string]any{"name": "old.service", "state": "stopped"}, "service old.service: is stopped", ""},
		{"a misspelt service", "service", map[string]any{"name": "ap.service"}, "", "there is no such service; did you mean app.service?"},
		{"another exit code", "command", map[string]any{"command": []any{"/opt/probe", "bad"}}, "command /opt/probe bad: exits with 0", "exit code 2, expected 0: "},
		{"an exit code that is expected", "command", map[string]any{"command": []any{"/opt/probe", "bad"}, "expect-exit": []any{1, 2}}, "command /opt/probe bad: exits with 1 or 2", ""},
		{"a program that takes too long", "command", map[string]any{"command": []any{"/opt/probe", "slow"}}, "", "no answer within 30s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := actiontest.NewBench(t, app, check.Family())
			p := b.Plan(t, step(test.kind, test.with))
			if diff := cmp.Diff([]string{"check.pass " + test.plan}, actiontest.Lines(p)); test.plan != "" && diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			b.Env.Secrets = map[string]string{"pw": "hunter2"}
			err := b.Prepare(t, step(test.kind, test.with)).Apply(t.Context())
			switch {
			case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v", err)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind string
		with map[string]any
		want string
	}{
		{"http", map[string]any{"url": "localhost:80"}, `error http bad-url: "localhost:80" is no address of a web server (write it as http://host:port/path)`},
		{"http", map[string]any{"url": "http://me:pw@localhost"}, "error http secret-in-url: the url holds a user, and the plan would show it (give an Authorization header from a secret input)"},
		{"tcp", map[string]any{"address": "localhost"}, `error tcp bad-address: "localhost" is no address of a port (write it as host:port)`},
		{"tcp", map[string]any{"address": "localhost:99999"}, `error tcp bad-port: "99999" is no port (ports go from 1 to 65535)`},
		{"tcp", map[string]any{"address": "localhost:0"}, `error tcp bad-port: "0" is no port (ports go from 1 to 65535)`},
		{"tcp", map[string]any{"address": "x"}, `error tcp bad-address: "x" is no address of a port (write it as host:port)`},
		{"http", map[string]any{"url": "ftp//nonsense"}, `error http bad-url: "ftp//nonsense" is no address of a web server (write it as http://host:port/path)`},
		{"http", map[string]any{"url": "http://localhost:99999/"}, "error http bad-port: 99999 is no port (ports go from 1 to 65535)"},
		{"http", map[string]any{"url": "http://localhost", "status": 2000}, "error http bad-status: 2000 is no status of an answer (a status goes from 100 to 599)"},
		{"file", map[string]any{"path": "licence"}, "error file relative-path: licence is no absolute path on linux (write it from the root on)"},
		{"file", map[string]any{"path": "/x", "sha256": "abc"}, `error file bad-digest: "abc" is no SHA-256 (write 64 hex digits)`},
		{"file", map[string]any{"path": "/x", "exists": false, "contains": "x"}, "error file contradiction: a file that must not exist holds nothing (leave out exists: false, or what the file holds)"},
		{"command", map[string]any{"command": []any{""}}, "error command no-program: command names no program (the first word is the program)"},
	} {
		b := actiontest.NewBench(t, app, check.Family())
		lines := actiontest.Lines(b.Plan(t, step(test.kind, test.with)))
		if got := lines[len(lines)-1]; got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestMistakesTogether(t *testing.T) {
	t.Parallel()
	s := step("http", map[string]any{"url": "ftp://me:hunter2@localhost", "status": 7})
	s.With["retries"] = -1
	var rules []string
	for _, f := range actiontest.NewBench(t, app, check.Family()).Plan(t, s).Findings {
		rules = append(rules, f.Rule)
		if strings.Contains(f.Message, "hunter2") {
			t.Errorf("a password is shown: %s", f.Message)
		}
	}
	if diff := cmp.Diff([]string{"bad-url", "secret-in-url", "bad-status", "bad-retries"}, rules); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// network fails so many times before it answers.
type network struct {
	host.Network
	failures, asked int
}

func (n *network) Dial(context.Context, string) error {
	if n.asked++; n.asked <= n.failures {
		return errors.New("connection refused")
	}
	return nil
}

func TestRetries(t *testing.T) {
	t.Parallel()
	s := actiontest.Step{Action: "check", With: map[string]any{
		"tcp": map[string]any{"address": "localhost:25"}, "retries": 3, "retry-delay": 10 * time.Second,
	}}
	for _, test := range []struct {
		name     string
		failures int
		waited   time.Duration
		want     string
	}{
		{"it passes when it answers at last", 3, 30 * time.Second, ""},
		{"it says how often it asked", 4, 30 * time.Second, "check tcp localhost:25, asked 4 times: connection refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := actiontest.NewBench(t, app, check.Family())
			h := b.Memory.Host()
			h.Network = &network{h.Network, test.failures, 0}
			b.Use(h)
			play := b.Prepare(t, s)
			began := h.Clock.Now()
			err := play.Apply(t.Context())
			if got := fmt.Sprint(err); (err != nil || test.want != "") && got != test.want {
				t.Errorf("got %v", err)
			}
			if waited := h.Clock.Now().Sub(began); waited != test.waited {
				t.Errorf("waited %s", waited)
			}
		})
	}
	t.Run("a host that cannot be asked is not asked again", func(t *testing.T) {
		t.Parallel()
		b := actiontest.NewBench(t, app, check.Family())
		h := b.Memory.Host()
		h.Network = nil
		b.Use(host.New(h))
		began := h.Clock.Now()
		err := b.Prepare(t, s).Apply(t.Context())
		if !errors.Is(err, errors.ErrUnsupported) || !strings.HasPrefix(err.Error(), "cannot tell whether tcp localhost:25 answers") || h.Clock.Now() != began {
			t.Errorf("got %v", err)
		}
	})
}

func TestHeld(t *testing.T) {
	t.Parallel()
	b := actiontest.NewBench(t, app, check.Family())
	play := b.Prepare(t, step("service", map[string]any{"name": "app.service"}))
	is := func(want string) {
		t.Helper()
		if diff := cmp.Diff(map[string]string{"check.pass service app.service": want}, play.Inspect(t)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	is("not done")
	if err := play.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	is("done")
	if err := b.Memory.Host().Services.Stop(t.Context(), "app.service"); err != nil {
		t.Fatal(err)
	}
	is("conflict: it is stopped, expected running")
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	s := actiontest.Step{Action: "confirm", With: map[string]any{"message": "Go on?", "timeout": 15 * time.Minute}}
	prepare := func(t *testing.T, answer func(ctx context.Context, message string) error) *actiontest.Play {
		b := actiontest.NewBench(t, app, check.Family())
		b.Env.Confirm = answer
		return b.Prepare(t, s)
	}
	t.Run("the plan says what is asked", func(t *testing.T) {
		t.Parallel()
		got := actiontest.Lines(actiontest.NewBench(t, app, check.Family()).Plan(t, s))
		if diff := cmp.Diff([]string{"gate.confirm Go on?: waits for an answer, 15m0s at the longest"}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("an answer holds, and is not asked for again", func(t *testing.T) {
		t.Parallel()
		asked := 0
		play := prepare(t, func(_ context.Context, message string) error {
			asked++
			if message != "Go on?" {
				t.Errorf("asked %q", message)
			}
			return nil
		})
		for range 2 {
			if err := play.Apply(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
	t.Run("no is no", func(t *testing.T) {
		t.Parallel()
		no := errors.New("the answer is no")
		if err := prepare(t, func(context.Context, string) error { return no }).Apply(t.Context()); !errors.Is(err, no) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no answer in time is no", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			play := prepare(t, func(ctx context.Context, _ string) error {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(time.Hour): // of the person, not of the host
					return nil
				}
			})
			err := play.Apply(t.Context())
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 15m0s") {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("nobody to ask is no", func(t *testing.T) {
		t.Parallel()
		err := prepare(t, nil).Apply(t.Context())
		if err == nil || !strings.Contains(err.Error(), "there is nobody to ask: run it on a terminal (--yes does not answer gates)") {
			t.Errorf("got %v", err)
		}
	})
}
