package cli

import (
	"github.com/spf13/cobra"

	"quiesce/internal/report"
)

type statusOptions struct {
	run    string
	format string
	all    bool // name other runs that are unfinished, too
}

func newStatus(a *app) *cobra.Command {
	o := statusOptions{run: "last"}
	cmd := &cobra.Command{
		Use:   "status [RUN]",
		Short: "Say where a run stands, and what can be done next",
		Args:  atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			if o.all = len(args) == 0; !o.all {
				o.run = args[0]
			}
			return a.status(o)
		},
	}
	formatFlag(cmd, &o.format, "text", "json", "markdown")
	return cmd
}

func (a *app) status(o statusOptions) error {
	_, v, err := a.find(o.run)
	if err != nil {
		return err
	}
	if o.all {
		store, err := a.kept()
		if err != nil {
			return err
		}
		if v.Unfinished, err = unfinished(store, v.ID); err != nil {
			return err
		}
	}
	switch o.format {
	case "json":
		return report.WriteJSON(a.Out, v)
	case "markdown":
		return report.WriteRunMarkdown(a.Out, v)
	}
	return report.WriteRun(a.Out, a.outStyle(), v)
}
