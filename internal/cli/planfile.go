package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"quiesce/executor/plan"
)

// mayReplace refuses a place for a plan where something else stands: only an
// earlier plan is replaced, or a file that is empty.
func mayReplace(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("write plan: %w", err)
	case !info.Mode().IsRegular():
		return hinted(fmt.Errorf("write plan: %s is there already and is %s", path, kindOf(info.Mode())), "choose another name with --out")
	}
	head, err := readHead(path)
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	if len(head) > 0 && !isPlan(head) {
		return hinted(fmt.Errorf("write plan: %s is there already and is no plan, so it is left as it is", path),
			"choose another name with --out, or remove that file first")
	}
	return nil
}

// readHead reads as much of a file as tells whether it is a plan.
func readHead(path string) (head []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, 4096))
}

// writePlanFile puts a plan into a file of mode 0600, replacing an earlier one
// in one step.
func writePlanFile(path string, p *plan.Plan) (err error) {
	if err := mayReplace(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".quiesce-plan-*")
	if err != nil {
		return fmt.Errorf("write plan %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write plan %s: %w", path, err), f.Close(), os.Remove(f.Name()))
		}
	}()
	if err = p.Write(f); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	if closing := f.Close(); closing != nil {
		return fmt.Errorf("write plan %s: %w", path, closing)
	}
	return nil
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	}
	return "no regular file"
}

// readPlanFile reads a plan if the file is one: JSON that names the format of
// plans. Of a runbook, and of what else there is, it returns nil.
func readPlanFile(path string) (p *plan.Plan, err error) {
	head, err := readHead(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if !isPlan(head) {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if p, err = plan.Read(f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// isPlan tells a plan from a runbook, which may be written as JSON too.
func isPlan(data []byte) bool {
	head := bytes.TrimLeft(data, " \t\r\n")
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(head))
	if _, err := dec.Token(); err != nil {
		return false
	}
	key, err := dec.Token()
	if err != nil || key != "format" {
		return false
	}
	format, err := dec.Token()
	name, ok := format.(string)
	return err == nil && ok && strings.HasPrefix(name, "quiesce.plan/")
}
