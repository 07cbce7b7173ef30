package report_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
	"quiesce/executor/runs"
	"quiesce/host"
	"quiesce/internal/diag"
	"quiesce/internal/report"
	"quiesce/runbooks"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file of testdata, or rewrites it.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := write(&got); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func styles() map[string]report.Style {
	return map[string]report.Style{
		"plain":  {},
		"narrow": {Width: 60},
		"ascii":  {ASCII: true, Width: 100},
		"colour": {Colour: true, Width: 120},
	}
}

// everything is a plan in which everything occurs that a plan can show.
func everything(t *testing.T) *plan.Plan {
	t.Helper()
	file := func(version, modified string, size int64) *actions.Facts {
		return &actions.Facts{Version: version, Size: size, Modified: modified, SHA256: "00"}
	}
	p := &plan.Plan{
		Tool:        "quiesce 0.1.0",
		Runbook:     plan.Runbook{Name: "Patch \x1b[31mred\u202e", Description: "One line\nand another.", Digest: "sha256:aa"},
		Inputs:      map[string]any{"pack": "sp4", "password": map[string]any{"secret": true}, "count": 3, "names": []any{"a", "b"}},
		Host:        host.Facts{Name: "EXCH01", OS: "windows", Arch: "amd64"},
		MaxParallel: 2, OnFailure: "rollback", Space: []plan.Space{{Path: "/", Bytes: 21_000_000}, {Path: "/srv/data", Bytes: 4096}},
		Notes: []plan.Note{{Step: "files", Message: "a rule decides nothing"}, {Message: "of the whole"}},
	}
	files := []actions.Change{
		{Kind: actions.FileCreate, Subject: `C:\app\new.dll`, Fidelity: actions.Exact, Rule: "missing", Reason: "not there yet", New: file("5.5.2", "1999-05-06T00:00:00Z", 5120)},
		{Kind: actions.FileReplace, Subject: `C:\app\store.exe`, Fidelity: actions.Exact, Rule: "later-version", Reason: "5.5.2 is later than 5.5.1; open by store.exe (412)",
			Old: file("5.5.1", "1998-01-01T00:00:00Z", 5001), New: file("5.5.2", "1999-05-06T00:00:00Z", 5120)},
		{Kind: actions.FileReplace, Subject: `C:\app\same day.txt`, Fidelity: actions.Exact, Reason: "other content",
			Old: file("", "1999-05-06T00:00:00Z", 1234567), New: file("", "1999-05-06T01:02:03Z", 1234567)},
		{Kind: actions.FileReplace, Subject: `C:\app\mode.sh`, Fidelity: actions.Exact, Reason: "other content",
			Old: &actions.Facts{Size: 1, Modified: "1999-05-06T00:00:00Z", Mode: "0644"}, New: &actions.Facts{Size: 2, Modified: "1999-05-07T00:00:00Z", Mode: "0755", Owner: "0:0"}},
		{Kind: actions.FileRemove, Subject: `C:\app\a very long name that takes up more than its share of the line\old.txt`, Fidelity: actions.Exact, Reason: "listed for removal", Old: file("", "1998-01-01T00:00:00Z", 9)},
		{Kind: actions.FileCreate, Subject: `C:\app\dir`, Fidelity: actions.Exact, Reason: "a folder of the pack", New: &actions.Facts{Type: "directory", Mode: "0755"}},
		{Kind: actions.FileCreate, Subject: "C:\\app\\bad\nname", Fidelity: actions.Exact, Reason: "not there yet", New: &actions.Facts{Type: "symlink", Target: "dir"}},
	}
	for _, name := range []string{"a", "b", "c"} {
		files = append(files, actions.Change{Kind: actions.FileKeep, Subject: name, Rule: "identical", Reason: "same content"})
	}
	for _, name := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		files = append(files, actions.Change{Kind: actions.FileKeep, Subject: name, Rule: "not-later-version", Reason: "5.5.1 is earlier than 5.5.2"})
	}
	p.Steps = []*plan.Step{
		{ID: "watch", Name: "Nobody watches", Action: "verify-no-monitor", Needs: []string{}, Hold: true, Retries: 2, RetryDelay: "10s", Timeout: "5m0s",
			Changes: []actions.Change{
				{Kind: actions.MonitorAbsent, Subject: "performance-monitor", Reason: "none seen"},
				{Kind: actions.MonitorSilence, Subject: "alerts.example", Fidelity: actions.Exact, Reason: "for 30m"},
				{Kind: actions.ProcessEnd, Subject: "perfmon.exe", Fidelity: actions.Exact, Reason: "watches", Old: &actions.Facts{PID: 500, Evidence: "process perfmon.exe"}},
			}},
		{ID: "stop", Action: "stop-services", Needs: []string{"watch"}, OnFailure: "stop", Changes: []actions.Change{
			{Kind: actions.ServiceStop, Subject: "日本サービス", Fidelity: actions.Exact, Reason: "named",
				Old: &actions.Facts{State: "running", Start: "auto"}, New: &actions.Facts{State: "stopped", Start: "held"}},
			{Kind: actions.ConnectionEnd, Subject: "mail-clients", Fidelity: actions.Bounded, Reason: "2 now"},
		}},
		{ID: "files", Name: "The files", Action: "apply-with-overwrite-policy", Needs: []string{"watch", "stop"}, OnFailure: "continue", Reason: "only cosmetic", Changes: files},
		{ID: "never", Action: "check", Needs: []string{"files"}, Skipped: "when: false", Changes: []actions.Change{}},
		{ID: "side", Action: "check", Needs: []string{}, Changes: []actions.Change{{Kind: actions.CheckPass, Subject: "tcp localhost:25", Reason: "accepts connections"}}},
		{ID: "gate", Action: "confirm", Needs: []string{"side"}, Changes: []actions.Change{{Kind: actions.GateConfirm, Subject: "Are the users told?"}}},
		{ID: "run", Action: "run-command", Needs: []string{"gate"}, Irreversible: true, Changes: []actions.Change{
			{Kind: actions.CommandRun, Subject: "migrate", Fidelity: actions.Opaque, Reason: "what it changes is not known", Irreversible: true}}},
		{ID: "start", Action: "start-services", Needs: []string{"run"}, OnFailure: "rollback", Changes: []actions.Change{
			{Kind: actions.ServiceStart, Subject: "Mail", Fidelity: actions.Exact, Reason: "ran before stop",
				Old: &actions.Facts{State: "stopped"}, New: &actions.Facts{State: "running"}},
			{Kind: "later.kind", Subject: "of a later version", Fidelity: actions.Exact}}},
		{ID: "idle", Action: "end-connections", Needs: []string{"start"}, Changes: []actions.Change{}},
	}
	if err := p.Seal(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := everything(t)
	for name, style := range styles() {
		golden(t, "plan."+name+".golden", func(w io.Writer) error { return report.WritePlan(w, style, p, report.PlannedSpace(p)) })
	}
	golden(t, "plan.md.golden", func(w io.Writer) error { return report.WritePlanMarkdown(w, p) })

	empty := &plan.Plan{Tool: "quiesce 0.1.0", Host: p.Host, MaxParallel: 1, OnFailure: "stop", Inputs: map[string]any{}}
	if err := empty.Seal(); err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.empty.golden", func(w io.Writer) error { return report.WritePlan(w, report.Style{}, empty, report.PlannedSpace(empty)) })
}

func at(seconds int) time.Time {
	return time.Date(2030, 5, 4, 22, 0, seconds, 0, time.UTC)
}

// standing is a run of everything that stands so.
func standing(t *testing.T, outcome executor.Outcome, back bool, holder *runs.Holder) *report.Run {
	p := everything(t)
	h := &executor.History{
		Run:     journal.Run{ID: "20300504-220000-000000", Tool: "quiesce 0.1.0", User: "root"},
		Outcome: outcome, RollingBack: back, Started: at(0), Ended: at(75),
	}
	states := []executor.StepHistory{
		{State: executor.Verified, Applied: 3}, {State: executor.Applied, Applied: 2}, {State: executor.Started, Applied: 1},
		{State: executor.Skipped}, {State: executor.Pending}, {State: executor.FailedStep, Error: "no \x1b[0m answer"}, {State: executor.NotUndone, Error: "gone"},
		{State: executor.PartlyUndone, Applied: 1}, {State: executor.Idle},
	}
	for i, s := range states {
		s.ID, s.Total = p.Steps[i].ID, len(p.Steps[i].Changes)
		h.Steps = append(h.Steps, s)
	}
	// Of the step files the first change was made, and the next seven were begun.
	records := []journal.Record{
		{Type: journal.Intent, Step: "files", From: 0, To: 1}, {Type: journal.Applied, Step: "files", From: 0, To: 1},
		{Type: journal.Intent, Step: "files", From: 1, To: 8},
		{Type: journal.Intent, Step: "start", From: 0, To: 2}, {Type: journal.Undone, Step: "start", From: 0, To: 1},
	}
	return report.NewRun(p, h, records, holder)
}

func TestRun(t *testing.T) {
	t.Parallel()
	holder := &runs.Holder{PID: 42, User: "root", Command: "apply", Since: at(0)}
	for name, r := range map[string]*report.Run{
		"interrupted":  standing(t, "", false, nil),
		"going-back":   standing(t, "", true, nil),
		"running":      standing(t, "", false, holder),
		"running-back": standing(t, "", true, &runs.Holder{}),
		"succeeded":    standing(t, executor.Succeeded, false, nil),
		"rolled-back":  standing(t, executor.RolledBack, true, nil),
		"stopped":      standing(t, executor.Stopped, false, nil),
		"incomplete":   standing(t, executor.Incomplete, true, nil),
		"unfinished":   standing(t, executor.Unfinished, false, nil),
	} {
		golden(t, "run."+name+".golden", func(w io.Writer) error { return report.WriteRun(w, report.Style{}, r) })
	}
	r := standing(t, "", false, nil)
	r.Simulated = "/state/host.yaml"
	golden(t, "run.colour.golden", func(w io.Writer) error { return report.WriteRun(w, report.Style{Colour: true}, r) })
	golden(t, "run.md.golden", func(w io.Writer) error { return report.WriteRunMarkdown(w, r) })
	golden(t, "run.json.golden", func(w io.Writer) error { return report.WriteJSON(w, r) })
}

func ptr[T any](v T) *T { return &v }

func TestHistory(t *testing.T) {
	t.Parallel()
	h := &report.History{Format: report.HistoryFormat, Runs: []report.Entry{
		{ID: "20300504-220000-000000", Runbook: "Patch", Host: "EXCH01", State: "succeeded", Started: at(0), Ended: at(3), Made: 1200, Planned: 1200, Backups: ptr(int64(214 << 20))},
		{ID: "20300504-223000-000000", Runbook: "Patch", Host: "EXCH01", State: "succeeded", Started: at(0), Ended: at(3), Made: 1, Planned: 1, Finalized: report.FinalizedDone},
		{ID: "20300504-230000-000000", Runbook: "Patch | all", Host: "日本", State: "rollback incomplete", Started: at(0), Ended: at(3725), Planned: 3, Simulated: true, Unmeasured: "it is another host's"},
		{ID: "20300505-220000-000000", Error: "the journal is corrupt"},
	}}
	golden(t, "history.golden", func(w io.Writer) error { return report.WriteHistory(w, report.Style{}, h) })
	golden(t, "history.colour.golden", func(w io.Writer) error { return report.WriteHistory(w, report.Style{Colour: true}, h) })
	golden(t, "history.md.golden", func(w io.Writer) error { return report.WriteHistoryMarkdown(w, h) })
	golden(t, "history.json.golden", func(w io.Writer) error { return report.WriteJSON(w, h) })
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1 << 20: "1.0 MiB", 1<<20 - 1: "1.0 MiB", 214 << 20: "214.0 MiB", 3 << 40: "3.0 TiB", 3 << 50: "3072.0 TiB",
	} {
		if got := report.Bytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestResult(t *testing.T) {
	t.Parallel()
	golden(t, "result.golden", func(w io.Writer) error {
		for i, outcome := range []executor.Outcome{executor.Succeeded, executor.RolledBack, executor.Interrupted, executor.Stopped, executor.Incomplete, executor.Unfinished, "other"} {
			r := &report.Result{Run: "RUN", Outcome: string(outcome), Exit: i, Made: 1, Planned: 2, Took: 90 * time.Second, Next: (&report.Run{ID: "RUN", State: string(outcome)}).Ways()}
			if err := report.WriteResult(w, report.Style{ASCII: i%2 == 1}, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestDiagnostics(t *testing.T) {
	t.Parallel()
	place := func(line, from, to int) diag.Range {
		return diag.Range{File: "a.yaml", Start: diag.Pos{Line: line, Column: from}, End: diag.Pos{Line: line, Column: to}}
	}
	source := "version: 1\n\tname: tab\n名前: 日本語 wide\r\n" + string(bytes.Repeat([]byte("long "), 60)) + "\nlast \x1b[0m"
	list := diag.List{
		{Severity: diag.Error, Rule: "tab", Message: "a tab", Hint: "use spaces", Range: place(2, 2, 6)},
		{Severity: diag.Warning, Rule: "wide", Message: "wide characters", Range: place(3, 5, 8)},
		{Severity: diag.Error, Rule: "long", Message: "far right", Range: place(4, 201, 205)},
		{Severity: diag.Error, Rule: "long", Message: "at its start", Range: place(4, 1, 5)},
		{Severity: diag.Error, Rule: "end", Message: "behind the end", Range: place(1, 50, 60)},
		{Severity: diag.Error, Rule: "many", Message: "over several lines", Range: diag.Range{File: "a.yaml", Start: diag.Pos{Line: 1, Column: 4}, End: diag.Pos{Line: 3, Column: 1}}},
		{Severity: diag.Error, Rule: "control", Message: "a control\x07 character", Hint: "\u202eturned", Range: place(5, 6, 7)},
		{Severity: diag.Error, Rule: "nowhere", Message: "no line"},
		{Severity: diag.Error, Rule: "other", Message: "in a file that is not there", Range: diag.Range{File: "b.yaml", Start: diag.Pos{Line: 9, Column: 1}}},
	}
	sources := report.Sources{"a.yaml": []byte(source)}
	for name, style := range styles() {
		golden(t, "diagnostics."+name+".golden", func(w io.Writer) error { return report.WriteDiagnostics(w, style, list, sources) })
	}
	golden(t, "diagnostics.md.golden", func(w io.Writer) error { return report.WriteDiagnosticsMarkdown(w, list) })
	golden(t, "diagnostics.json.golden", func(w io.Writer) error { return report.WriteDiagnosticsJSON(w, []string{"a.yaml"}, list) })
	golden(t, "diagnostics.none.golden", func(w io.Writer) error {
		if err := report.WriteDiagnostics(w, report.Style{}, nil, nil); err != nil {
			return err
		}
		if err := report.WriteDiagnosticsMarkdown(w, nil); err != nil {
			return err
		}
		return report.WriteDiagnosticsJSON(w, []string{"a.yaml"}, nil)
	})
}

func TestGraph(t *testing.T) {
	t.Parallel()
	rb := &runbooks.Runbook{Name: "Two", Steps: []*runbooks.Step{{ID: "a", Action: "check"}, {ID: "b", Name: "B", Action: "confirm"}}}
	golden(t, "graph.json.golden", func(w io.Writer) error {
		return report.WriteGraphJSON(w, rb, map[string][]string{"b": {"a"}})
	})
}

func TestError(t *testing.T) {
	t.Parallel()
	golden(t, "error.golden", func(w io.Writer) error {
		return report.WriteError(w, report.Style{Width: 50}, "read \x1b[31mit\nand more\tof it\n", "do this or that, and then look again at what came of it")
	})
}

func TestVisible(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain ü 日本":         "plain ü 日本",
		"a\tb\nc\rd":         `a\tb\nc\rd`,
		"\x1b[31m\x00\x7f":   `\x1b[31m\x00\x7f`,
		"\u202e\u200b\u0085": `\u202e\u200b\x85`,
		"\xff\ufffd":         `\xff` + `\ufffd`,
		"\U000e0041":         `\U000e0041`,
	} {
		if got := report.Visible(text); got != want {
			t.Errorf("Visible(%q) = %s, want %s", text, got, want)
		}
	}
}

func FuzzDiagnostics(f *testing.F) {
	f.Add("version: 1\n\tname: x", 2, 2, 6, 60)
	f.Add("日本\x00\xff", 1, 1, 9, 0)
	f.Fuzz(func(t *testing.T, source string, line, from, to, width int) {
		list := diag.List{{Severity: diag.Error, Message: source, Range: diag.Range{
			File: "f", Start: diag.Pos{Line: line, Column: from}, End: diag.Pos{Line: line, Column: to}}}}
		var out bytes.Buffer
		if err := report.WriteDiagnostics(&out, report.Style{Width: width % 200}, list, report.Sources{"f": []byte(source)}); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if r < ' ' && r != '\n' {
				t.Fatalf("a control character got through: %q", out.String())
			}
		}
	})
}

// The ways out of a conflict can be copied into a shell as they stand.
func TestConflictWays(t *testing.T) {
	t.Parallel()
	r := &report.Run{ID: "RUN", State: "rollback incomplete", Steps: []report.Step{{ID: "files", State: "not undone", Conflicts: []string{"/srv/a.conf", `C:\new app\it's`}}}}
	var got []string
	for _, a := range r.Ways() {
		got = append(got, a.Command)
	}
	want := []string{
		"quiesce rollback RUN",
		"quiesce rollback RUN --keep-theirs /srv/a.conf", "quiesce rollback RUN --take-ours /srv/a.conf",
		`quiesce rollback RUN --keep-theirs 'C:\new app\it'\''s'`, `quiesce rollback RUN --take-ours 'C:\new app\it'\''s'`,
		"quiesce close RUN --reason TEXT",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r.Steps[0].KeepOnly = []string{"/srv/a.conf"}
	got = nil
	for _, a := range r.Ways() {
		got = append(got, a.Command)
	}
	if diff := cmp.Diff(append(want[:2:2], want[3:]...), got); diff != "" {
		t.Errorf("ours is offered where it is refused: %s", diff)
	}
	r.Steps[0].Conflicts = strings.Split("a b c d e", " ")
	ways := r.Ways()
	if len(ways) != 9 {
		t.Fatalf("of many conflicts %d ways are told, want those of the first three, and where the others stand", len(ways))
	}
	more := report.Advice{Command: "quiesce status RUN --format json", Does: "names the 2 more in conflict, under conflicts; the two flags can be repeated"}
	if diff := cmp.Diff(more, ways[7]); diff != "" {
		t.Error(diff)
	}
}

func TestSettledResult(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := report.WriteResult(&b, report.Style{}, &report.Result{
		Outcome: "rolled back", Settled: []report.Settled{{Subject: "/srv/a\x1b", Decision: "keep-theirs", Told: "it stays"}},
	})
	if err != nil || !strings.Contains(b.String(), "but for what somebody has decided to leave") || !strings.Contains(b.String(), "settled  keep-theirs /srv/a") || strings.Contains(b.String(), "\x1b") {
		t.Errorf("%v: %q", err, b.String())
	}
}

func TestResultPartlyFinalized(t *testing.T) {
	t.Parallel()
	kept := int64(4096)
	for _, c := range []struct {
		kept *int64
		want string
	}{
		{&kept, "✗ partly finalized: 2 backups dropped, 8.0 KiB freed; backups of 4.0 KiB are still there\n"},
		{nil, "✗ partly finalized: 2 backups dropped, 8.0 KiB freed; the others are still there\n"},
	} {
		var b strings.Builder
		r := &report.Result{Outcome: string(report.PartlyFinalized), Exit: 6, Backups: 2, Freed: 8192, Kept: c.kept}
		if err := report.WriteResult(&b, report.Style{}, r); err != nil {
			t.Fatal(err)
		}
		if b.String() != c.want {
			t.Errorf("the result is %q, not %q", b.String(), c.want)
		}
	}
}
