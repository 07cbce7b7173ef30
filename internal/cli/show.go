package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"quiesce/executor/plan"
	"quiesce/executor/runs"
	"quiesce/internal/report"
)

type showOptions struct {
	what   string
	format string
}

func newShow(a *app) *cobra.Command {
	o := showOptions{}
	cmd := &cobra.Command{
		Use:   "show PLAN|RUN",
		Short: "Show a plan again, or what a run had planned and how each step stands",
		Args:  exactly("a PLAN or a RUN"),
		RunE: func(_ *cobra.Command, args []string) error {
			o.what = args[0]
			return a.show(o)
		},
	}
	formatFlag(cmd, &o.format, "text", "json", "markdown")
	return cmd
}

func (a *app) show(o showOptions) error {
	if info, err := os.Stat(o.what); err == nil && info.Mode().IsRegular() {
		p, err := readPlanFile(o.what)
		if err != nil {
			return err
		}
		if p == nil {
			return hinted(fmt.Errorf("%s is no plan", o.what), "make one of a runbook with: quiesce plan "+o.what+" --out PLAN")
		}
		return a.showPlan(o.format, p, report.PlannedSpace(p))
	}
	p, v, err := a.find(o.what)
	if errors.Is(err, runs.ErrNoRun) {
		return hinted(fmt.Errorf("no file and no run is called %s: %w", o.what, err), "quiesce history lists the runs")
	}
	if err != nil {
		return err
	}
	return a.showRun(o.format, p, v)
}

// showRun writes the plan of a run and how it stands.
func (a *app) showRun(format string, p *plan.Plan, v *report.Run) error {
	switch format {
	case "json":
		return report.WriteShownJSON(a.Out, p, v)
	case "markdown":
		if err := report.WritePlanMarkdown(a.Out, p); err != nil {
			return err
		}
		return report.WriteRunMarkdown(a.Out, v)
	}
	if err := report.WritePlan(a.Out, a.outStyle(), p, report.PlannedSpace(p)); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(a.Out); err != nil {
		return err
	}
	return report.WriteRun(a.Out, a.outStyle(), v)
}
