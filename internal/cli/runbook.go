package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"quiesce/internal/diag"
	"quiesce/runbooks"
)

// maxDocument is the largest runbook, file of inputs or described host that is
// read, in bytes.
const maxDocument = 64 << 20

// readLimited reads a file that may not be too large.
func readLimited(path string, most int64) (data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a directory", path)
	}
	data, err = io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s is larger than %d MiB", path, most>>20)
	}
	return data, err
}

// parseRunbook parses and checks source. The runbook is nil if it is no YAML.
func (a *app) parseRunbook(file string, source []byte) (*runbooks.Runbook, diag.List, error) {
	registry, err := a.registry()
	if err != nil {
		return nil, nil, err
	}
	rb, list := runbooks.Parse(file, source, runbooks.Limits{})
	if rb != nil {
		list = append(list, rb.Check(registry)...)
	}
	list.Sort()
	return rb, list, nil
}

// readRunbook reads, parses and checks a runbook. Warnings are shown; mistakes
// are a *diag.Failure.
func (a *app) readRunbook(file string) (*runbooks.Runbook, error) {
	source, err := readLimited(file, maxDocument)
	if err != nil {
		return nil, fmt.Errorf("read runbook: %w", err)
	}
	rb, list, err := a.parseRunbook(file, source)
	if err != nil {
		return nil, err
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	if rb == nil {
		return nil, fmt.Errorf("read runbook: %s holds no runbook", file)
	}
	if !a.global.quiet {
		if err := a.diagnostics(list); err != nil {
			return nil, err
		}
	}
	return rb, nil
}
