package runbooks_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"quiesce/internal/diag"
	. "quiesce/runbooks"
)

const complete = `version: 1
name: Everything
description: |
  Two lines,
  in a block.
inputs:
  pack: {type: path, required: true, description: the pack}
  color: {enum: [red, green], default: red}
  wait: {type: duration, default: 1h30m}
  names: {type: list, default: [a, "8080"]}
  password: {secret: true}
  bare:
max-parallel: 2
on-failure: stop
steps:
  - id: stop
    name: Stop it
    action: stop-services
    with: {services: ["${{ inputs.color }}-x", web], timeout: 5m}
    when: inputs.color == "red"
    retries: 2
    retry-delay: 10s
    timeout: 1m
  - id: each
    action: run-command
    needs: []
    for-each: [a, b]
    as: item
    irreversible: true
    on-failure: continue
    reason: nobody minds
    with: {command: [echo, "${{ item }}"]}
  - id: last
    action: check
    needs: [stop, each]
    hold: true
    with: {tcp: "host:1"}
`

func parse(t *testing.T, src string) *Runbook {
	t.Helper()
	rb, diags := Parse("runbook.yaml", []byte(src), Limits{})
	for _, d := range diags {
		t.Errorf("parse: %s", d)
	}
	return rb
}

func parseAndCheck(t *testing.T, src string) *Runbook {
	t.Helper()
	rb := parse(t, src)
	for _, d := range rb.Check(actions()) {
		t.Errorf("check: %s", d)
	}
	return rb
}

// values compares trees without places.
var values = cmp.Options{
	cmpopts.IgnoreUnexported(Runbook{}, Value{}),
	cmpopts.IgnoreTypes(diag.Range{}),
	cmpopts.IgnoreFields(Runbook{}, "Source", "Digest"),
	cmpopts.IgnoreFields(Step{}, "With", "When", "ForEach"),
}

func TestParse(t *testing.T) {
	t.Parallel()
	rb := parseAndCheck(t, complete)
	want := &Runbook{
		File: "runbook.yaml", Name: "Everything", Description: "Two lines,\nin a block.\n", MaxParallel: 2, OnFailure: Stop,
		Inputs: []*Input{
			{Name: "pack", Type: Type{Kind: Path}, Required: true, Description: "the pack"},
			{Name: "color", Type: Type{Kind: String}, Default: "red", Enum: []any{"red", "green"}},
			{Name: "wait", Type: Type{Kind: Duration}, Default: 90 * time.Minute},
			{Name: "names", Type: Type{Kind: ListOf}, Default: []any{"a", "8080"}},
			{Name: "password", Type: Type{Kind: String}, Secret: true},
			{Name: "bare", Type: Type{Kind: String}},
		},
		Steps: []*Step{
			{ID: "stop", Name: "Stop it", Action: "stop-services", Retries: 2, RetryDelay: 10 * time.Second, Timeout: time.Minute},
			{ID: "each", Action: "run-command", NeedsGiven: true, As: "item", Irreversible: true, OnFailure: Continue, Reason: "nobody minds"},
			{ID: "last", Action: "check", NeedsGiven: true, Needs: []Need{{ID: "stop"}, {ID: "each"}}, Hold: true},
		},
	}
	if d := cmp.Diff(want, rb, values); d != "" {
		t.Errorf("runbook (-want +got):\n%s", d)
	}
	t.Run("what is left out has its default", func(t *testing.T) {
		rb := parse(t, "version: 1\nname: n\nsteps: [{id: a, action: check}]\n")
		if rb.MaxParallel != 4 || rb.OnFailure != Rollback || rb.Steps[0].With == nil {
			t.Errorf("got %d, %s, %v", rb.MaxParallel, rb.OnFailure, rb.Steps[0].With)
		}
	})
	t.Run("the digest is that of the bytes", func(t *testing.T) {
		if rb.Digest == parse(t, complete+"# more\n").Digest || !strings.HasPrefix(rb.Digest, "sha256:") || len(rb.Digest) != 71 {
			t.Errorf("got %s", rb.Digest)
		}
	})
	t.Run("aliases stand for what they name", func(t *testing.T) {
		rb := parseAndCheck(t, "version: 1\nname: n\nsteps:\n- {id: a, action: stop-services, with: &w {services: [x]}}\n- {id: b, action: stop-services, with: *w}\n")
		if rb.Steps[1].With.Get("services") == nil {
			t.Error("the alias is empty")
		}
	})
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	rb := parse(t, strings.Replace(complete, "Stop it", "Stöp 日本", 1))
	for _, c := range []struct {
		what string
		got  diag.Range
		want string
	}{
		{"an input", rb.Inputs[1].Range, "8:3-8"},
		{"an id", rb.Steps[0].Range, "16:9-13"},
		{"an action", rb.Steps[0].ActionRange, "18:13-26"},
		{"a need", rb.Steps[2].Needs[1].Range, "35:19-23"},
		{"a quoted text", rb.Steps[0].With.Get("services").Items[0].Range, "19:23-46"},
		{"a plain text", rb.Steps[0].With.Get("services").Items[1].Range, "19:48-51"},
		{"a condition", rb.Steps[0].When.Range, "20:11-32"},
		{"a key", rb.Steps[0].With.Entries[1].KeyRange, "19:54-61"},
	} {
		if got := short(c.got); got != c.want {
			t.Errorf("%s stands at %s, want %s", c.what, got, c.want)
		}
	}
}

func short(r diag.Range) string {
	return fmt.Sprintf("%d:%d-%d", r.Start.Line, r.Start.Column, r.End.Column)
}

func TestScalars(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"yes": "yes", "on": "on", "No": "No", "true": true, "False": false, "TRUE": true, "tRue": "tRue",
		"~": nil, "null": nil, "": nil, "nil": "nil",
		"0": 0, "-12": -12, "+7": 7, "0644": 644, "0o17": 15, "0x1F": 31, "0b1": "0b1", "1_000": "1_000", "-": "-", "--1": "--1",
		"1.5": 1.5, "5.5.2650": "5.5.2650", "1e3": 1000.0, ".5": 0.5, ".": ".", ".inf": math.Inf(1), "-.INF": math.Inf(-1),
		"9223372036854775807": math.MaxInt64, "9223372036854775808": 9223372036854775808.0,
		"2026-01-02": "2026-01-02", "12:30": "12:30", "0x": "0x", "1e": "1e", `"1"`: "1", `'true'`: "true",
	} {
		rb, _ := Parse("x", []byte("version: 1\nname: n\nsteps: [{id: a, action: check, with: {v: "+text+"}}]\n"), Limits{})
		if got := rb.Steps[0].With.Get("v").Literal; got != want {
			t.Errorf("%s is read as %#v, want %#v", text, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	small := Limits{Bytes: 10_000, Depth: 10, Nodes: 500, Steps: 3}
	bomb := "version: 1\nname: n\nsteps:\n- id: a\n  action: run-command\n  with:\n    a: &a [x, x, x, x, x, x, x, x, x, x]\n    b: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n    c: [*b, *b, *b, *b, *b, *b, *b, *b]\n"
	for _, c := range []struct{ name, src, rule string }{
		{"size", strings.Repeat("# long\n", 2000), "too-large"},
		{"nesting", "version: 1\nname: n\nsteps: [{id: a, action: check, with: {a: " + strings.Repeat("[", 20) + strings.Repeat("]", 20) + "}}]\n", "too-deep"},
		{"an anchor bomb", bomb, "too-many-nodes"},
		{"steps", "version: 1\nname: n\nsteps: [{id: a, action: check}, {id: b, action: check}, {id: c, action: check}, {id: d, action: check}]\n", "too-many-steps"},
		{"nesting beyond the YAML parser", "a: " + strings.Repeat("[", 9_990), "yaml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, diags := Parse("x", []byte(c.src), small)
			told := 0
			for _, d := range diags {
				if d.Rule == c.rule {
					told++
				}
			}
			if told != 1 {
				t.Errorf("%s was told %d times, want once: %v", c.rule, told, diags)
			}
			if _, diags := Parse("x", []byte(c.src), Limits{}); c.name == "steps" && diags.HasErrors() {
				t.Errorf("the defaults refuse it: %v", diags)
			}
		})
	}
	t.Run("ten thousand steps are fine", func(t *testing.T) {
		t.Parallel()
		if rb, diags := Parse("x", document(10_000), Limits{}); diags.HasErrors() || len(rb.Steps) != 10_000 {
			t.Error(diags)
		}
	})
	t.Run("a document of nothing but commas is refused before it fills the memory", func(t *testing.T) {
		t.Parallel()
		if rb, diags := Parse("x", []byte("a: ["+strings.Repeat("a,", 2_100_000)+"]"), Limits{}); rb != nil || len(diags) != 1 || diags[0].Rule != "too-many-nodes" {
			t.Error(diags)
		}
	})
	t.Run("the thousand first mistakes are told", func(t *testing.T) {
		t.Parallel()
		_, diags := Parse("x", []byte("version: 1\nname: n\nsteps:\n"+strings.Repeat("- {}\n", 2000)), Limits{})
		if len(diags) != 1001 || diags[1000].Rule != "too-many-mistakes" {
			t.Errorf("got %d", len(diags))
		}
	})
}

func TestEncoding(t *testing.T) {
	t.Parallel()
	const good = "version: 1\nname: n\nsteps: [{id: a, action: check}]\n"
	for _, c := range []struct{ name, src, want string }{
		{"latin-1", "version: 1\nname: Gr\xf6\xdfe\n", "x:2:9: the text is not UTF-8 (save the file as UTF-8)"},
		{"UTF-16", "\xff\xfev\x00e\x00", "x:1:1: the text is not UTF-8 (save the file as UTF-8)"},
		{"old Mac line ends", "version: 1\rname: n\r", `x:1:11: a carriage return without line feed stands in the text (end lines with a line feed; inside double quotes write \r or \u2028)`},
		{"a line separator", "name: ä\u2028b\n", `x:1:8: a line or paragraph separator (U+2028, U+2029) stands in the text (end lines with a line feed; inside double quotes write \r or \u2028)`},
		{"a next-line character", "name: a\u0085b\n", `x:1:8: a next-line character (U+0085) stands in the text (end lines with a line feed; inside double quotes write \r or \u2028)`},
		{"Windows line ends", strings.ReplaceAll(good, "\n", "\r\n"), ""},
		{"a byte order mark", "\ufeff" + good, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, diags := Parse("x", []byte(c.src), Limits{})
			got := ""
			if len(diags) > 0 {
				got = diags[0].String()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	t.Run("columns after a byte order mark", func(t *testing.T) {
		_, diags := Parse("x", []byte("\ufeffversion: 2\n"), Limits{})
		if got := diags[0].Range.String(); got != "x:1:1" {
			t.Errorf("the runbook begins at %s", got)
		}
	})
}
