package plan_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/executor/plan"
	"quiesce/host"
)

var update = flag.Bool("update", false, "write golden files and seeds anew")

func sample(t *testing.T) *plan.Plan {
	t.Helper()
	replace := actions.Change{
		Kind: actions.FileReplace, Subject: `C:\exchsrvr\bin\store.exe`, Fidelity: actions.Exact, Rule: "later-version",
		Reason: "5.5.2650.24 is later than 5.5.1960.4", Undo: "put the old file back",
		Old: &actions.Facts{Version: "5.5.1960.4", Scheme: "pe", Size: 5001, SHA256: "00", Modified: "1998-03-01T00:00:00Z"},
		New: &actions.Facts{Version: "5.5.2650.24", Scheme: "pe", Size: 5120, SHA256: "01", Modified: "1999-05-01T00:00:00Z"},
	}
	if err := replace.Encode(map[string]string{"root": `C:\exchsrvr`, "name": "bin/<store>&.exe"}); err != nil {
		t.Fatal(err)
	}
	p := &plan.Plan{
		Tool:        "quiesce 0.1.0",
		Runbook:     plan.Runbook{Name: "Service Pack 4", Digest: "sha256:aa"},
		Inputs:      map[string]any{"pack": "sp4", "password": map[string]any{"secret": true}},
		Host:        host.Facts{Name: "EXCH01", OS: "windows", Arch: "amd64"},
		MaxParallel: 4, OnFailure: "rollback", Space: []plan.Space{{Path: `C:\`, Bytes: 8192}},
		Steps: []*plan.Step{
			{ID: "stop", Action: "stop-services", Needs: []string{}, Changes: []actions.Change{
				{Kind: actions.ServiceStop, Subject: "MSExchangeIS", Fidelity: actions.Exact, Undo: "start it again", Old: &actions.Facts{State: "running", Start: "auto"}, New: &actions.Facts{State: "stopped", Start: "held"}},
			}},
			{ID: "apply", Action: "apply-with-overwrite-policy", Needs: []string{"stop"}, Changes: []actions.Change{replace, {Kind: actions.FileKeep, Subject: `C:\exchsrvr\readme.txt`, Rule: "identical"}}},
			{ID: "migrate", Action: "run-command", Needs: []string{"apply"}, Irreversible: true, Changes: []actions.Change{{Kind: actions.CommandRun, Subject: "migrate", Fidelity: actions.Opaque, Irreversible: true}}},
		},
	}
	if err := p.Seal(); err != nil {
		t.Fatal(err)
	}
	return p
}

func written(t *testing.T, p *plan.Plan) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFileFormat(t *testing.T) {
	t.Parallel()
	const golden = "testdata/sample.json"
	got := written(t, sample(t))
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestReadReturnsWhatWasWritten(t *testing.T) {
	t.Parallel()
	p := sample(t)
	data := written(t, p)
	again, err := plan.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), string(written(t, again))); diff != "" {
		t.Error(diff)
	}
	if again.Summary.Changes != 3 || again.Summary.ByKind["file.keep"] != 1 || again.Summary.ByFidelity["exact"] != 2 {
		t.Errorf("summary %v", again.Summary)
	}
	if again.PointOfNoReturn() != "migrate" {
		t.Errorf("point of no return: %q", again.PointOfNoReturn())
	}
}

// No byte of a plan file can be changed so that another plan is read.
func TestAnEditedPlanIsRefused(t *testing.T) {
	t.Parallel()
	p := sample(t)
	data := written(t, p)
	want := p.Digest
	for i := range data {
		for _, c := range []byte{data[i] ^ 1, data[i] ^ 0x20, ' ', '0'} {
			bad := bytes.Clone(data)
			bad[i] = c
			got, err := plan.Parse(bad)
			if err != nil {
				continue
			}
			if got.Digest != want || !bytes.Equal(written(t, got), data) {
				t.Fatalf("byte %d %q to %q: taken as another plan", i, data[i], c)
			}
		}
	}
	edited := bytes.Replace(data, []byte("5.5.2650.24 is later"), []byte("9.9.2650.24 is later"), 1)
	if _, err := plan.Parse(edited); !errors.Is(err, plan.ErrDigest) {
		t.Errorf("got %v", err)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	resealed := func(edit func(*plan.Plan)) []byte {
		p := sample(t)
		edit(p)
		if err := p.Seal(); err != nil {
			t.Fatal(err)
		}
		return written(t, p)
	}
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"not JSON":                {[]byte("version: 1"), "not JSON"},
		"another format":          {[]byte(`{"format": "quiesce.plan/v9", "tool": "quiesce 9"}`), "quiesce.plan/v9"},
		"an unknown key":          {bytes.Replace(written(t, sample(t)), []byte(`"tool"`), []byte(`"extra": 1, "tool"`), 1), "extra"},
		"something behind it":     {append(written(t, sample(t)), "{}"...), "something behind it"},
		"a need that comes after": {resealed(func(p *plan.Plan) { p.Steps[0].Needs = []string{"apply"} }), "does not come before"},
		"a step twice":            {resealed(func(p *plan.Plan) { p.Steps[1].ID = "stop" }), "without an id"},
		"nothing at a time":       {resealed(func(p *plan.Plan) { p.MaxParallel = 0 }), "max-parallel"},
		"a change without a kind": {resealed(func(p *plan.Plan) { p.Steps[0].Changes[0].Kind = "" }), "without kind"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := plan.Parse(test.data)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestGraph(t *testing.T) {
	t.Parallel()
	g, err := sample(t).Graph()
	if err != nil {
		t.Fatal(err)
	}
	if !g.After("migrate", "stop") {
		t.Error("the needs are lost")
	}
}

const corpus = "testdata/fuzz/FuzzParse"

// FuzzParse: no panic; what is read can be written and read again.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := plan.Parse(data)
		if err != nil {
			return
		}
		again, err := plan.Parse(written(t, p))
		if err != nil || again.Digest != p.Digest {
			t.Fatalf("%v", err)
		}
	})
}

func TestCorpusIsFound(t *testing.T) {
	if *update {
		if err := os.MkdirAll(corpus, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, seed := range map[string][]byte{"sample": written(t, sample(t)), "empty": {}, "v9": []byte(`{"format": "quiesce.plan/v9"}`)} {
			if err := os.WriteFile(corpus+"/"+name, fmt.Appendf(nil, "go test fuzz v1\n[]byte(%q)\n", seed), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	entries, err := os.ReadDir(corpus)
	if err != nil || len(entries) < 3 {
		t.Fatalf("%d seeds, %v", len(entries), err)
	}
}
