package report

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/plan"
)

// nasty is a name that would draw on a terminal and break lines.
const nasty = "/srv/a'\\ b\nerror: c\x1b[31m\a\xff.conf"

func TestShellWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, want string }{
		{"/srv/a.conf", "/srv/a.conf"},
		{"/srv/it's here", `'/srv/it'\''s here'`},
		{nasty, `$'/srv/a\'\\ b\012error: c\033[31m\007\377.conf'`},
	} {
		if got := ShellWord(c.path); got != c.want {
			t.Errorf("ShellWord(%q) = %s, not %s", c.path, got, c.want)
		}
	}
}

func TestShellWordIsReadByShell(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to ask")
	}
	for _, path := range []string{"/srv/it's here", nasty} {
		got, err := exec.CommandContext(t.Context(), bash, "-c", "printf %s "+ShellWord(path)).Output()
		if err != nil || string(got) != path {
			t.Errorf("bash reads %q of %s: %v", got, ShellWord(path), err)
		}
	}
}

// nastyPlan is a plan with one change of the nasty name.
func nastyPlan() *plan.Plan {
	return &plan.Plan{Steps: []*plan.Step{{ID: "files", Changes: []actions.Change{{Kind: actions.FileReplace, Subject: nasty}}}}}
}

func TestErrorsShowNamesOnOneLine(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	errs := []string{"step files: file.replace " + nasty + ": it is gone\nand more was said"}
	if err := WriteErrors(&b, Style{}, nastyPlan(), errs, ""); err != nil {
		t.Fatal(err)
	}
	want := "error: step files: file.replace " + Visible(nasty) + ": it is gone\n       and more was said\n"
	if b.String() != want {
		t.Errorf("it is told as %q, not %q", b.String(), want)
	}
}

func TestErrorsAreCut(t *testing.T) {
	t.Parallel()
	errs := make([]string, 1022)
	for i := range errs {
		errs[i] = "it failed"
	}
	var b strings.Builder
	if err := WriteErrors(&b, Style{}, nastyPlan(), errs, "look"); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if want := "       and 1,002 more (all of them: --format json)"; len(lines) != 22 || lines[20] != want {
		t.Errorf("%d lines, with %q, not 22 with %q", len(lines), lines[len(lines)-2], want)
	}
}

func TestUndoFailedIsToldOnce(t *testing.T) {
	t.Parallel()
	pl := nastyPlan()
	c := &pl.Steps[0].Changes[0]
	for _, one := range []struct{ err, want string }{
		{"file.replace " + nasty + ": it is gone", "✗ not undone file.replace " + Visible(nasty) + ": it is gone\n"},
		{"it is gone", "✗ not undone file.replace " + Visible(nasty) + ": it is gone\n"},
		{"file.replace /other: it is gone", "✗ not undone file.replace /other: it is gone\n"},
	} {
		var b strings.Builder
		p := NewProgress(&b, Style{}, false, pl, nil)
		p.Observe(executor.Event{Type: executor.UndoFailed, Step: "files", Change: c, Err: errors.New(one.err)})
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if b.String() != one.want {
			t.Errorf("%q is told as %q, not %q", one.err, b.String(), one.want)
		}
	}
}
