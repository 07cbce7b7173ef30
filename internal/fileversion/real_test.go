package fileversion_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"quiesce/internal/fileversion"
)

// TestReadReal compares with exiftool, which knows nothing of our code: on
// programs that the test makes, on those of the packs, and on what this machine
// has of Windows, such as Wine's.
func TestReadReal(t *testing.T) {
	t.Parallel()
	exiftool, err := exec.LookPath("exiftool")
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal("no exiftool here, and it is needed where CI is set: make deps installs it")
	case err != nil:
		t.Skip("no exiftool here (make deps installs it): nothing is compared with it")
	}
	made, others := written(t), programs(t)
	theirs := byExiftool(t, exiftool, slices.Concat(made, others))
	for _, file := range made {
		if theirs[file] == "" {
			t.Errorf("%s: exiftool sees no version", file)
		}
	}
	compared := 0
	for file, want := range theirs {
		compared++
		if got := versionOf(t, file); got != want && (want != "0.0.0.0" || got != "") {
			t.Errorf("%s: version %q, exiftool says %q", file, got, want)
		}
	}
	t.Logf("%d files compared", compared)
}

// byExiftool returns the version of each file in which exiftool finds one.
func byExiftool(t *testing.T, exiftool string, files []string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), exiftool, append([]string{"-json", "-FileVersionNumber"}, files...)...)
	// Files that are damaged make its exit code 1; it tells of all others.
	out, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var told []struct{ SourceFile, FileVersionNumber string }
	if err := json.Unmarshal(out, &told); err != nil {
		t.Fatalf("exiftool: %v\n%s", err, out)
	}
	versions := map[string]string{}
	for _, f := range told {
		if f.FileVersionNumber != "" {
			versions[f.SourceFile] = f.FileVersionNumber
		}
	}
	return versions
}

// written makes programs with versions of every width.
func written(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var files []string
	for i, v := range [][4]uint16{{1, 2, 3, 4}, {5, 5, 2650, 24}, {0, 0, 0, 1}, {65535, 65535, 65535, 65535}, {10, 0, 19041, 3636}} {
		for _, plus := range []bool{false, true} {
			file := filepath.Join(dir, fmt.Sprintf("made-%d-%v.exe", i, plus))
			if err := os.WriteFile(file, program(t, plus, v), 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	return files
}

// programs returns the Windows programs of the packs, and up to 200 files of
// the machine that may be some.
func programs(t *testing.T) []string {
	t.Helper()
	packs := windows(t, "../../fixtures/packs")
	if len(packs) == 0 {
		t.Error("the packs hold no Windows program")
	}
	var found []string
	for _, dir := range []string{"/usr/lib", "/usr/share", "/opt"} {
		found = append(found, windows(t, dir)...)
	}
	return slices.Concat(packs, found[:min(len(found), 200)])
}

// windows returns the files below a directory that may be Windows programs.
func windows(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // not ours to see
		}
		ext := strings.ToLower(filepath.Ext(path))
		if e.Type().IsRegular() && (ext == ".dll" || ext == ".exe") {
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func versionOf(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	v, _, err := fileversion.Read(file, info.Size())
	if err != nil {
		t.Log(path, err)
	}
	return v.Text
}
