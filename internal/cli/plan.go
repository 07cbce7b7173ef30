package cli

import (
	"context"

	"github.com/spf13/cobra"

	"quiesce/executor"
	"quiesce/executor/plan"
	"quiesce/internal/report"
)

type planOptions struct {
	runbook  string
	host     string
	inputs   inputOptions
	out      string
	format   string
	detailed bool
}

func newPlan(a *app) *cobra.Command {
	o := planOptions{}
	cmd := &cobra.Command{
		Use:   "plan RUNBOOK",
		Short: "See exactly what a runbook would do to a host; change nothing",
		Example: `  quiesce plan patch.yaml --input pack=/srv/sp4 --out sp4.plan
  quiesce plan patch.yaml --host fixtures/server.yaml`,
		Args: exactly("a RUNBOOK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.runbook = args[0]
			return a.plan(cmd.Context(), o)
		},
	}
	hostFlag(cmd, &o.host)
	o.inputs.flags(cmd)
	formatFlag(cmd, &o.format, "text", "json", "markdown")
	cmd.Flags().StringVar(&o.out, "out", "", "keep the plan in the file `PLAN`, for quiesce apply PLAN")
	cmd.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 if there are changes")
	return cmd
}

func (a *app) plan(ctx context.Context, o planOptions) error {
	if o.out != "" {
		if err := mayReplace(o.out); err != nil {
			return err
		}
	}
	on, err := a.openHost(o.host)
	if err != nil {
		return err
	}
	p, _, err := a.makePlan(ctx, on, o.runbook, o.inputs)
	if err != nil {
		return a.inFormat(o.format, o.runbook, err)
	}
	if o.out != "" {
		if err := writePlanFile(o.out, p); err != nil {
			return err
		}
	}
	volumes, err := a.volumes(ctx, on, p)
	if err != nil {
		return err
	}
	if err := a.showPlan(o.format, p, volumes); err != nil {
		return err
	}
	a.warnOf(volumes)
	if o.out != "" {
		on := ""
		if o.host != localHost {
			on = " --host " + report.ShellWord(o.host)
		}
		a.tell("the plan is in %s; apply it with: quiesce apply %s", report.Visible(o.out), report.ShellWord(o.out)+on)
	}
	if o.detailed && p.Summary.Changes > 0 {
		return errChanges
	}
	return nil
}

// makePlan reads a runbook and plans it, and returns the values of its secret
// inputs besides.
func (a *app) makePlan(ctx context.Context, on *target, file string, given inputOptions) (*plan.Plan, map[string]string, error) {
	rb, err := a.readRunbook(file)
	if err != nil {
		return nil, nil, err
	}
	bound, err := a.bind(rb, given)
	if err != nil {
		return nil, nil, err
	}
	registry, err := a.registry()
	if err != nil {
		return nil, nil, err
	}
	planner := &executor.Planner{
		Host: on.Host, Sources: a.sources(), Actions: registry, Tool: tool(),
		Shipped: a.shipped(on),
	}
	a.log.WithField("runbook", file).WithField("host", on.Facts.Name).Info("planning")
	p, list, err := planner.Plan(ctx, rb, bound)
	if err != nil {
		return nil, nil, err
	}
	// Warnings stand in the plan, as its notes.
	return p, bound.Secrets, list.Err()
}

// showPlan writes a plan to the standard output.
func (a *app) showPlan(format string, p *plan.Plan, volumes []executor.Volume) error {
	switch format {
	case "json":
		return p.Write(a.Out)
	case "markdown":
		return report.WritePlanMarkdown(a.Out, p)
	}
	return report.WritePlan(a.Out, a.outStyle(), p, volumes)
}
