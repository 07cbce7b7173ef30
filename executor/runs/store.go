package runs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"quiesce/executor/journal"
)

// ErrNoRun says that there is no such run.
var ErrNoRun = errors.New("no such run")

// Store is a state directory.
type Store struct {
	dir string
}

// Open opens a state directory and makes it if it is not there.
func Open(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open state directory: %w", err)
	}
	for _, d := range []string{dir, filepath.Join(dir, "runs"), filepath.Join(dir, "locks")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("open state directory: %w (choose another with --state)", err)
		}
	}
	return &Store{dir}, nil
}

// Dir returns the state directory.
func (s *Store) Dir() string { return s.dir }

// NewID returns an id for a run that begins now; ids sort by time.
func NewID(now time.Time) string {
	return strings.ReplaceAll(now.UTC().Format("20060102-150405.000000"), ".", "-")
}

var idForm = regexp.MustCompile(`^\d{8}-\d{6}-\d{6}$`)

// List returns the ids of all runs, the oldest first.
func (s *Store) List() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, "runs"))
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() && idForm.MatchString(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// Find returns the run that ref names: an id, a prefix that only one id has,
// or "last".
func (s *Store) Find(ref string) (*Run, error) {
	ids, err := s.List()
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("%w: nothing was run yet with the state directory %s", ErrNoRun, s.dir)
	}
	if ref == "last" {
		return s.run(ids[len(ids)-1]), nil
	}
	var found []string
	for _, id := range ids {
		if id == ref {
			return s.run(id), nil
		}
		if ref != "" && strings.HasPrefix(id, ref) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("%w: %q (quiesce history lists them)", ErrNoRun, ref)
	case 1:
		return s.run(found[0]), nil
	}
	return nil, fmt.Errorf("%w: %q fits %d runs, the last of them %s", ErrNoRun, ref, len(found), found[len(found)-1])
}

func (s *Store) run(id string) *Run {
	return &Run{ID: id, Dir: filepath.Join(s.dir, "runs", id)}
}

// Create makes the folder of a new run, with its plan, which plan writes, and the
// first record of its journal, and returns it with the journal open for writing. With durable
// false nothing waits for the disk: the host will not survive the process
// either.
func (s *Store) Create(id string, plan func(io.Writer) error, begin journal.Run, durable bool, now func() time.Time) (*Run, *Journal, error) {
	run := s.run(id)
	if _, err := os.Lstat(run.Dir); !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("create run %s: it exists already", id)
	}
	// A name that List does not take for a run's.
	draft := filepath.Join(s.dir, "runs", "."+id)
	if err := os.Mkdir(draft, 0o700); err != nil {
		return nil, nil, fmt.Errorf("create run: %w", err)
	}
	j, err := fill(draft, plan, begin, durable, now)
	if err == nil {
		if err = os.Rename(draft, run.Dir); err == nil && durable {
			err = syncDir(filepath.Dir(run.Dir))
		}
	}
	if err != nil {
		err = fmt.Errorf("create run %s: %w", id, err)
		if j != nil {
			err = errors.Join(err, j.Close())
		}
		return nil, nil, errors.Join(err, os.RemoveAll(draft))
	}
	return run, j, nil
}

// fill writes the files of a new run.
func fill(dir string, plan func(io.Writer) error, begin journal.Run, durable bool, now func() time.Time) (*Journal, error) {
	if err := writeFile(filepath.Join(dir, planFile), plan, durable); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, journalFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := newJournal(f, journal.Tail{}, durable, now)
	seq, err := j.Append(journal.Record{Type: journal.Begin, Run: &begin})
	if err == nil {
		err = j.Sync(seq)
	}
	if err == nil && durable {
		err = syncDir(dir)
	}
	return j, err
}

func writeFile(path string, write func(io.Writer) error, durable bool) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := write(f); err != nil {
		return err
	}
	if durable {
		return f.Sync()
	}
	return nil
}
