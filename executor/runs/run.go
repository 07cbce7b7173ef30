package runs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"quiesce/executor/journal"
)

const (
	planFile    = "plan.json"
	journalFile = "journal.jsonl"
	hostFile    = "host.yaml"
)

// Run is the folder of one run.
type Run struct {
	ID  string
	Dir string
}

// Plan opens the plan file of the run.
func (r *Run) Plan() (*os.File, error) {
	f, err := os.Open(filepath.Join(r.Dir, planFile))
	if err != nil {
		return nil, fmt.Errorf("open the plan of run %s: %w", r.ID, err)
	}
	return f, nil
}

// HostFile is where the simulated host of the run is kept between commands.
func (r *Run) HostFile() string { return filepath.Join(r.Dir, hostFile) }

// SaveHost keeps a simulated host, replacing an earlier one at once.
func (r *Run) SaveHost(data []byte) error {
	draft := r.HostFile() + ".new"
	if err := os.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep the simulated host: %w", err)
	}
	write := func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
	if err := writeFile(draft, write, false); err != nil {
		return fmt.Errorf("keep the simulated host: %w", err)
	}
	if err := os.Rename(draft, r.HostFile()); err != nil {
		return fmt.Errorf("keep the simulated host: %w", err)
	}
	return nil
}

// Read reads the journal of the run.
func (r *Run) Read() (*journal.Journal, error) {
	f, err := os.Open(filepath.Join(r.Dir, journalFile))
	if err != nil {
		return nil, fmt.Errorf("open the journal of run %s: %w", r.ID, err)
	}
	j, err := journal.Read(f)
	if err != nil {
		err = fmt.Errorf("run %s: %w", r.ID, err)
	}
	return j, errors.Join(err, f.Close())
}

// Continue opens the journal to go on with the run: a torn tail is cut off.
func (r *Run) Continue(read *journal.Journal, durable bool, now func() time.Time) (*Journal, error) {
	f, err := os.OpenFile(filepath.Join(r.Dir, journalFile), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("go on with the journal of run %s: %w", r.ID, err)
	}
	if read.Torn {
		err = f.Truncate(read.Size)
		if err == nil && durable {
			err = f.Sync()
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("cut off the torn tail of the journal of run %s: %w", r.ID, err), f.Close())
		}
	}
	return newJournal(f, read.Tail, durable, now), nil
}

// Journal is a journal on disk, open for writing.
type Journal struct {
	*journal.Writer
	file *os.File
}

func newJournal(f *os.File, last journal.Tail, durable bool, now func() time.Time) *Journal {
	var target journal.File = f
	if !durable {
		target = volatile{f}
	}
	return &Journal{journal.NewWriter(target, last, now), f}
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

// volatile is a file that nobody waits for.
type volatile struct{ *os.File }

func (volatile) Sync() error { return nil }

// syncDir makes the names in a directory durable. Windows knows no such thing:
// there a directory cannot be opened for it, and names are durable in order.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
