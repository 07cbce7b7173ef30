package runbooks_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"quiesce/internal/diag"
	. "quiesce/runbooks"
)

// badDocuments returns the runbooks of testdata/bad: the seeds of FuzzParse.
func badDocuments(t testing.TB) [][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, archive.Files[0].Data)
	}
	return out
}

// expressions are the seeds of FuzzExpression.
func expressions(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, src := range badDocuments(t) {
		for line := range strings.Lines(string(src)) {
			if _, rest, ok := strings.Cut(line, "${{"); ok {
				out = append(out, "${{"+strings.TrimSpace(rest))
			}
			if _, rest, ok := strings.Cut(line, "when: "); ok {
				out = append(out, strings.TrimSpace(rest))
			}
		}
	}
	return append(out, `inputs.names.exists(n, n == "a")`, `size(steps.stop.outputs.stopped) > 0`, `"""steps.a"""`, "$${{", "a\nb")
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	if n := len(badDocuments(t)); n < 60 {
		t.Errorf("FuzzParse has %d seeds", n)
	}
	if n := len(expressions(t)); n < 30 {
		t.Errorf("FuzzExpression has %d seeds", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range badDocuments(f) {
		f.Add(src)
	}
	for _, src := range []string{complete, withInputs, referring, fmt.Sprintf(conditional, "true"), string(document(4)), "a: &a [*a]", "\xef\xbb\xbfa: ?", "? a\r\n", "--- "} {
		f.Add([]byte(src))
	}
	limits := Limits{Bytes: 1 << 16, Depth: 20, Nodes: 5000, Steps: 50}
	f.Fuzz(func(t *testing.T, src []byte) {
		rb, diags := Parse("x", src, limits)
		if rb == nil {
			if !diags.HasErrors() {
				t.Fatal("neither a runbook nor an error")
			}
		} else {
			if len(rb.Steps) > limits.Steps {
				t.Fatalf("%d steps", len(rb.Steps))
			}
			diags = append(diags, rb.Check(actions())...)
			rb.Waits()
			exercise(rb)
		}
		for _, d := range diags {
			inside(t, src, d)
		}
	})
}

// exercise plans every step, whatever is wrong with it, and must not panic.
func exercise(rb *Runbook) {
	bound, _ := rb.Bind(map[string]string{"pack": "p"})
	sc := Scope{Inputs: bound, Host: map[string]string{"os": "linux"}, Each: map[string]any{}}
	for _, s := range rb.Steps {
		items, _ := s.Items(rb, sc)
		if len(items) > 0 {
			sc.Each[s.As] = items[0]
		}
		s.Enabled(rb, sc)
		if spec, ok := actions().Action(s.Action); ok {
			s.Resolve(spec, sc)
		}
	}
}

// inside checks that a diagnostic points into the document.
func inside(t *testing.T, src []byte, d diag.Diagnostic) {
	t.Helper()
	if d.Message == "" || d.Rule == "" || !utf8.ValidString(d.String()) {
		t.Fatalf("poor diagnostic: %#v", d)
	}
	if d.Range.Start == (diag.Pos{}) {
		return
	}
	lines := bytes.Split(bytes.TrimPrefix(src, []byte("\ufeff")), []byte("\n"))
	check := func(p diag.Pos) {
		if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > utf8.RuneCount(lines[p.Line-1])+2 {
			t.Fatalf("%v lies outside of the document: %s", p, d)
		}
	}
	check(d.Range.Start)
	if end := d.Range.End; end != (diag.Pos{}) {
		check(end)
		if end.Line < d.Range.Start.Line || end.Line == d.Range.Start.Line && end.Column <= d.Range.Start.Column {
			t.Fatalf("the range ends before it begins: %#v", d.Range)
		}
	}
}

func FuzzExpression(f *testing.F) {
	for _, text := range expressions(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted := strings.ReplaceAll(text, "'", "''")
		src := strings.Replace(fmt.Sprintf(conditional, "'"+quoted+"'"), `tcp: "x:1"`, "tcp: '"+quoted+"'", 1)
		rb, diags := Parse("x", []byte(src), Limits{})
		if rb == nil {
			return
		}
		diags = append(diags, rb.Check(actions())...)
		exercise(rb)
		for _, d := range diags {
			inside(t, []byte(src), d)
		}
		if expanded, err := ExpandSecrets(text, nil); err == nil && strings.Contains(expanded, "${{") && !strings.Contains(text, "$${{") {
			t.Fatalf("%q still holds a reference", expanded)
		}
	})
}
