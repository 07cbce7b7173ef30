package runs_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/executor/journal"
	"quiesce/executor/runs"
)

var begin = journal.Run{Format: journal.Format, ID: "x", Plan: "sha256:00", Host: "EXCH01", Tool: "quiesce 0.1.0"}

func open(t *testing.T) *runs.Store {
	t.Helper()
	s, err := runs.Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func create(t *testing.T, s *runs.Store, at time.Time) *runs.Run {
	t.Helper()
	r, j, err := s.Create(runs.NewID(at), empty, begin, true, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

func at(s int) time.Time { return time.Date(2030, 5, 4, 22, 0, s, 1000, time.UTC) }

func TestCreate(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := create(t, s, at(0))
	if r.ID != "20300504-220000-000001" {
		t.Errorf("id %s", r.ID)
	}
	t.Run("files are for their owner alone", func(t *testing.T) {
		for path, want := range map[string]os.FileMode{s.Dir(): 0o700, r.Dir: 0o700, r.Dir + "/plan.json": 0o600, r.Dir + "/journal.jsonl": 0o600} {
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	})
	t.Run("the plan is kept as it was given", func(t *testing.T) {
		f, err := r.Plan()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if data, err := io.ReadAll(f); err != nil || string(data) != "{}\n" {
			t.Errorf("%q, %v", data, err)
		}
	})
	t.Run("the journal has begun", func(t *testing.T) {
		j, err := r.Read()
		if err != nil || len(j.Records) != 1 || j.Run().Host != "EXCH01" {
			t.Errorf("%v, %v", j, err)
		}
	})
	t.Run("no run is made twice", func(t *testing.T) {
		if _, _, err := s.Create(r.ID, empty, begin, true, time.Now); err == nil {
			t.Error("no error")
		}
	})
	t.Run("nothing half made is left or listed", func(t *testing.T) {
		entries, err := os.ReadDir(filepath.Dir(r.Dir))
		if err != nil || len(entries) != 1 {
			t.Errorf("%v, %v", entries, err)
		}
	})
}

func TestFind(t *testing.T) {
	t.Parallel()
	s := open(t)
	if _, err := s.Find("last"); !errors.Is(err, runs.ErrNoRun) {
		t.Errorf("without runs: %v", err)
	}
	first, second := create(t, s, at(1)), create(t, s, at(12))
	for ref, want := range map[string]string{"last": second.ID, first.ID: first.ID, "20300504-22001": second.ID} {
		if r, err := s.Find(ref); err != nil || r.ID != want {
			t.Errorf("%s: %v, %v", ref, r, err)
		}
	}
	for _, ref := range []string{"2030", "1999", "", "../" + first.ID} {
		if r, err := s.Find(ref); !errors.Is(err, runs.ErrNoRun) {
			t.Errorf("%q: %v, %v", ref, r, err)
		}
	}
	if ids, err := s.List(); err != nil || !cmp.Equal(ids, []string{first.ID, second.ID}) {
		t.Errorf("%v, %v", ids, err)
	}
}

func TestContinueCutsOffATornTail(t *testing.T) {
	t.Parallel()
	r := create(t, open(t), at(0))
	path := filepath.Join(r.Dir, "journal.jsonl")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"seq":2,"ty`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	read, err := r.Read()
	if err != nil || !read.Torn {
		t.Fatalf("%v, %v", read, err)
	}
	j, err := r.Continue(read, true, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(journal.Record{Type: journal.Resumed}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if read, err = r.Read(); err != nil || read.Torn || len(read.Records) != 2 {
		t.Errorf("%v, %v", read, err)
	}
}

func TestSaveHost(t *testing.T) {
	t.Parallel()
	r := create(t, open(t), at(0))
	for _, text := range []string{"name: a\n", "name: b\n"} {
		if err := r.SaveHost([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(r.HostFile()); err != nil || string(data) != text {
			t.Errorf("%q, %v", data, err)
		}
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	s := open(t)
	holder := runs.Holder{PID: os.Getpid(), User: "root", Command: "apply", Run: "r1", Since: at(0)}
	l, err := s.Lock("EX/CH 01", holder)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Lock("EX/CH 01", holder)
	var locked *runs.LockedError
	if !errors.As(err, &locked) || locked.Holder != holder {
		t.Fatalf("got %v", err)
	}
	if want := fmt.Sprintf("another run has the host EX/CH 01: process %d of root, apply of run r1, since 2030-05-04T22:00:00Z", os.Getpid()); err.Error() != want {
		t.Errorf("got %s", err)
	}
	other, err := s.Lock("OTHER", holder)
	if err != nil {
		t.Fatalf("another host: %v", err)
	}
	for _, l := range []*runs.Lock{l, other} {
		if err := l.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
	if l, err = s.Lock("EX/CH 01", holder); err != nil {
		t.Fatalf("after it was given back: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

// A lock never outlives its process, however that ends.
func TestLockOfAKilledProcess(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("RUNS_TEST_HOLD"); dir != "" {
		s, err := runs.Open(dir)
		if err == nil {
			var l *runs.Lock
			l, err = s.Lock("h", runs.Holder{PID: os.Getpid()})
			defer runtime.KeepAlive(l) // a file that nobody refers to is closed
		}
		fmt.Println("held", err)
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
	}
	s := open(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockOfAKilledProcess$")
	cmd.Env = append(os.Environ(), "RUNS_TEST_HOLD="+s.Dir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "held <nil>") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := s.Lock("h", runs.Holder{}); err == nil {
		t.Error("taken while another process holds it")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	l, err := s.Lock("h", runs.Holder{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Unlock(); err != nil {
		t.Error(err)
	}
}

// empty stands for a plan.
func empty(w io.Writer) error {
	_, err := io.WriteString(w, "{}\n")
	return err
}
