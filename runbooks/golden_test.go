package runbooks_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"quiesce/internal/diag"
	. "quiesce/runbooks"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestDiagnostics compares what is told of each bad document. A line shows the
// place, the text that it covers, the rule and the message, the next the hint.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 60 {
		t.Fatalf("found %d bad documents, want at least 60", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(archive.Files) != 2 {
				t.Fatalf("want a runbook and its diagnostics, not %d files", len(archive.Files))
			}
			got := diagnostics(archive.Files[0].Data)
			if got == "" {
				t.Error("nothing was told of a bad document")
			}
			if *update {
				archive.Files[1].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(archive.Files[1].Data), got); d != "" {
				t.Errorf("diagnostics (-want +got):\n%s", d)
			}
		})
	}
}

func diagnostics(src []byte) string {
	rb, diags := Parse("runbook.yaml", src, Limits{})
	if rb != nil {
		diags = append(diags, rb.Check(actions())...)
	}
	diags.Sort()
	var b strings.Builder
	for _, d := range diags {
		kind := ""
		if d.Severity == diag.Warning {
			kind = "warning: "
		}
		fmt.Fprintf(&b, "%d:%d `%s` %s: %s%s\n", d.Range.Start.Line, d.Range.Start.Column, covered(src, d.Range), d.Rule, kind, d.Message)
		if d.Hint != "" {
			fmt.Fprintf(&b, "\t%s\n", d.Hint)
		}
	}
	return b.String()
}

// covered returns the text that a range covers.
func covered(src []byte, r diag.Range) string {
	lines := bytes.Split(src, []byte("\n"))
	if r.Start.Line < 1 || r.Start.Line > len(lines) {
		return ""
	}
	line := []rune(string(lines[r.Start.Line-1]))
	end := r.Start.Column
	if r.End.Line == r.Start.Line {
		end = r.End.Column - 1
	}
	if r.Start.Column > len(line) {
		return ""
	}
	return string(line[r.Start.Column-1 : min(end, len(line))])
}
