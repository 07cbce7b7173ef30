package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"quiesce/actions"
	"quiesce/executor"
	"quiesce/executor/journal"
	"quiesce/executor/plan"
	"quiesce/executor/runs"
	"quiesce/internal/report"
)

type applyOptions struct {
	what   string
	host   string
	inputs inputOptions
	yes    bool
	format string
}

func newApply(a *app) *cobra.Command {
	o := applyOptions{}
	cmd := &cobra.Command{
		Use:   "apply PLAN|RUNBOOK",
		Short: "Carry out a plan, or plan a runbook and carry that out",
		Long: `Carry out a plan, or plan a runbook and carry that out.

The host is first compared with the plan; if anything is not as it was planned,
nothing is done. If a step fails, everything that was done is taken back.`,
		Args: exactly("a PLAN or a RUNBOOK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.what = args[0]
			return a.inResult(o.format, "apply", a.apply(cmd.Context(), o))
		},
	}
	hostFlag(cmd, &o.host)
	o.inputs.flags(cmd)
	yesFlag(cmd, &o.yes)
	formatFlag(cmd, &o.format, "text", "json")
	return cmd
}

func yesFlag(cmd *cobra.Command, into *bool) {
	cmd.Flags().BoolVar(into, "yes", false, "do not ask; steps that ask a person still do")
}

func (a *app) apply(ctx context.Context, o applyOptions) (err error) {
	on, err := a.openHost(o.host)
	if err != nil {
		return err
	}
	p, secrets, err := a.planToApply(ctx, on, o)
	if err != nil {
		return a.inFormat(o.format, o.what, err)
	}
	if err := on.checkHost(p); err != nil {
		return err
	}
	if err := a.answerable(p, nil); err != nil {
		return err
	}
	if err := a.agree(ctx, on, o, p); err != nil {
		return err
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	w := &work{app: a, command: "apply", on: on, plan: p, secrets: secrets, format: o.format, store: store}
	unlock, err := w.lock(runs.NewID(time.Now()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := w.settled(); err != nil {
		return err
	}
	if err := w.verify(ctx); err != nil {
		return w.onSpace(ctx, err)
	}
	if idle(p) {
		return w.nothing("nothing to do", "the host is as the runbook wants it")
	}
	if err := w.create(); err != nil {
		return err
	}
	return w.carryOut(func(e *executor.Executor) (executor.Outcome, error) { return e.Apply(ctx, p) })
}

// planToApply reads a plan, or makes one of a runbook.
func (a *app) planToApply(ctx context.Context, on *target, o applyOptions) (*plan.Plan, map[string]string, error) {
	p, err := readPlanFile(o.what)
	if err != nil {
		return nil, nil, err
	}
	if p == nil {
		return a.makePlan(ctx, on, o.what, o.inputs)
	}
	secrets, err := a.secretsOf(p, o.inputs)
	return p, secrets, err
}

// agree shows the plan and asks whether to go on, where there is something to
// ask about.
func (a *app) agree(ctx context.Context, on *target, o applyOptions, p *plan.Plan) error {
	asks := !o.yes && p.Summary.Changes > 0
	volumes, err := a.volumes(ctx, on, p)
	if err != nil {
		return err
	}
	if o.format == "text" && (!a.global.quiet || asks) {
		if err := report.WritePlan(a.Out, a.outStyle(), p, volumes); err != nil {
			return err
		}
	}
	if !asks {
		return nil
	}
	if o.format != "text" && a.InTerminal {
		if err := report.WritePlan(a.Err, a.errStyle(), p, volumes); err != nil {
			return err
		}
	}
	return a.confirm(ctx, fmt.Sprintf("apply %s to %s?", these(p.Summary.Changes), report.Visible(p.Host.Name)))
}

func these(changes int) string {
	if changes == 1 {
		return "this change"
	}
	return fmt.Sprintf("these %d changes", changes)
}

// confirm asks a question that must be answered with yes.
func (a *app) confirm(ctx context.Context, question string) error {
	if !a.InTerminal {
		return hinted(errors.New("nobody can be asked, for the standard input is no terminal; nothing was changed"),
			"look at the plan first, then give --yes")
	}
	yes, err := a.ask(ctx, question+" type yes: ")
	if err != nil {
		return err
	}
	if !yes {
		return hinted(errors.New("not confirmed; nothing was changed"), "only the word yes goes on")
	}
	return nil
}

// answerable refuses a plan with a question for a person where nobody can be
// asked: better before the first change than in the middle.
func (a *app) answerable(p *plan.Plan, h *executor.History) error {
	if a.InTerminal {
		return nil
	}
	for i, s := range p.Steps {
		if s.Skipped != "" || h != nil && h.Steps[i].Total > 0 && h.Steps[i].Applied == h.Steps[i].Total {
			continue
		}
		for _, c := range s.Changes {
			if c.Kind == actions.GateConfirm {
				return hinted(fmt.Errorf("step %s asks a person, and nobody can be asked, for the standard input is no terminal; nothing was changed", s.ID),
					"run it on a terminal; --yes does not answer what a runbook asks")
			}
		}
	}
	return nil
}

// idle tells whether a plan has nothing to do at all, not even to verify.
func idle(p *plan.Plan) bool {
	for _, s := range p.Steps {
		for _, c := range s.Changes {
			if c.Kind != actions.FileKeep {
				return false
			}
		}
	}
	return true
}

// create begins the run: its folder, its journal and, of a simulated host, the
// host as it is before.
func (w *work) create() error {
	begin := journal.Run{
		Format: journal.Format, ID: w.id, Plan: w.plan.Digest, Name: w.plan.Runbook.Name, Host: w.plan.Host.Name,
		Tool: tool(), User: userName(), PID: os.Getpid(),
	}
	run, j, err := w.store.Create(w.id, w.plan.Write, begin, !w.on.Traits.Volatile, time.Now)
	if err != nil {
		return err
	}
	w.run, w.journal = run, j
	if err := w.on.save(run); err != nil {
		return errors.Join(err, j.Close())
	}
	return nil
}
