package floors_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/internal/floors"
)

// TestHouse executes the rules on the packages that are there.
func TestHouse(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"linux", "windows", "darwin"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			packages := list(t, system)
			if len(packages) < 10 {
				t.Fatalf("go list told of %d packages only", len(packages))
			}
			for _, violation := range floors.House().Violations(packages) {
				t.Error(violation)
			}
		})
	}
}

// TestViolations shows that each rule finds what breaks it.
func TestViolations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, from, to, want string }{
		{"a lower floor may be imported", "executor", "quiesce/runbooks", ""},
		{"the standard library may be imported", "executor/graph", "encoding/json", ""},
		{"a library may be imported", "host/local", "golang.org/x/sys/unix", ""},
		{"runbooks never imports actions", "runbooks", "quiesce/actions",
			"runbooks imports quiesce/actions: from floor 2 to floor 3, and imports go down"},
		{"executor never imports actions/builtin", "executor", "quiesce/actions/builtin",
			"executor imports quiesce/actions/builtin: from floor 5 to floor 5, and imports go down"},
		{"never a sibling", "actions/file", "quiesce/actions/service",
			"actions/file imports quiesce/actions/service: from floor 4 to floor 4, and imports go down"},
		{"the journal has its own wire types", "executor/journal", "quiesce/host",
			"executor/journal imports quiesce/host: it stands alone"},
		{"the graph is standard library only", "executor/graph", "gopkg.in/yaml.v3",
			"executor/graph imports gopkg.in/yaml.v3: it lives on the standard library"},
		{"colours and flags belong to the command line", "executor", "github.com/spf13/cobra",
			"executor imports github.com/spf13/cobra: that is for internal/cli"},
		{"test libraries stay in tests", "host/overlay", "github.com/rogpeppe/go-internal/testscript",
			"host/overlay imports github.com/rogpeppe/go-internal/testscript: that is for tests"},
		{"a package on no floor is a failure", "internal/util", "",
			"internal/util stands on no floor: add it to the table"},
		{"nor may one be imported", "internal/cli", "quiesce/internal/util",
			"internal/cli imports quiesce/internal/util: that stands on no floor"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			p := floors.Package{ImportPath: "quiesce/" + test.from}
			if test.to != "" {
				p.Imports = []string{test.to}
			}
			if diff := cmp.Diff(want, floors.House().Violations([]floors.Package{p})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// list returns the packages of the module as they are built for a system.
func list(t *testing.T, system string) []floors.Package {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", floors.Module+"/...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list for %s: %v\n%s", system, err, stderr.Bytes())
	}
	var packages []floors.Package
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p floors.Package
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

const root = "../.."

var escape = regexp.MustCompile(`\\x1[bB]\[|\\033\[|\\u001[bB]\[|\\e\[|\x1b`)

// TestColour shows that only internal/report writes terminal escapes.
func TestColour(t *testing.T) {
	t.Parallel()
	for _, found := range escapes(t, os.DirFS(root)) {
		if !strings.HasPrefix(found, "internal/report/") {
			t.Errorf("%s writes terminal escapes: that is for internal/report", found)
		}
	}
}

// TestEscapes shows that the search finds them.
func TestEscapes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"plain.go":       "package a // [31m",
		"red.go":         `package a; const red = "\x1b[31m"`,
		"octal.go":       `package a; const red = "\033[31m"`,
		"colour_test.go": `package a; const red = "\x1b[31m"`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"octal.go", "red.go"}, escapes(t, os.DirFS(dir))); diff != "" {
		t.Error(diff)
	}
}

// escapes returns the Go sources, tests aside, that hold terminal escapes.
func escapes(t *testing.T, tree fs.FS) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		if err == nil && escape.Match(text) {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}
