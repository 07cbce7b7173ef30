package fileversion_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"quiesce/internal/fileversion"
)

// TestReadReal compares with exiftool on the Windows programs of this machine,
// such as Wine's, where both exist.
func TestReadReal(t *testing.T) {
	t.Parallel()
	exiftool, err := exec.LookPath("exiftool")
	if err != nil {
		t.Skip("no exiftool here: real files are not compared")
	}
	compared := 0
	for _, file := range programs(t) {
		out, err := exec.CommandContext(t.Context(), exiftool, "-s3", "-FileVersionNumber", file).Output()
		if err != nil {
			continue // it cannot read this one
		}
		want := strings.TrimSpace(string(out))
		if got := versionOf(t, file); got != want && (want != "0.0.0.0" || got != "") {
			t.Errorf("%s: version %q, exiftool says %q", file, got, want)
		}
		compared++
	}
	if compared == 0 {
		t.Skip("no Windows programs here: real files are not compared")
	}
	t.Logf("%d files compared", compared)
}

// programs returns up to 200 files of the machine that may be Windows programs.
func programs(t *testing.T) []string {
	var found []string
	for _, dir := range []string{"/usr/lib", "/usr/share", "/opt"} {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return nil // not ours to see
			}
			ext := strings.ToLower(filepath.Ext(path))
			if len(found) < 200 && e.Type().IsRegular() && (ext == ".dll" || ext == ".exe") {
				found = append(found, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func versionOf(t *testing.T, path string) string {
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
