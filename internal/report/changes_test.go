package report_test

import (
	"strings"
	"testing"

	"quiesce/actions"
	"quiesce/executor/plan"
	"quiesce/internal/report"
)

func TestNotUndone(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{Steps: []*plan.Step{{ID: "watch", Action: "verify-no-monitor", Changes: []actions.Change{
		{Kind: actions.ProcessEnd, Subject: "perfmon.exe", Undo: "nothing: it is not started again"},
	}}}, Summary: plan.Summary{Changes: 1, ByKind: map[string]int{actions.ProcessEnd: 1}}}
	var out strings.Builder
	if err := report.WritePlan(&out, report.Style{}, p, report.PlannedSpace(p)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"perfmon.exe  not undone", "does not bring back what is marked not undone (1 change)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "everything") {
		t.Errorf("it promises too much:\n%s", out.String())
	}
}
