package cli

import (
	"github.com/spf13/cobra"

	"quiesce/internal/diag"
	"quiesce/internal/report"
)

type validateOptions struct {
	files  []string
	format string
}

func newValidate(a *app) *cobra.Command {
	o := validateOptions{}
	cmd := &cobra.Command{
		Use:   "validate RUNBOOK...",
		Short: "Check runbooks without looking at a host",
		Args:  atLeastOne,
		RunE: func(_ *cobra.Command, args []string) error {
			o.files = args
			return a.validate(o)
		},
	}
	formatFlag(cmd, &o.format, "text", "json", "markdown")
	return cmd
}

// validate is a command whose result is the list of mistakes.
func (a *app) validate(o validateOptions) error {
	var all diag.List
	sources := report.Sources{}
	steps := map[string]int{}
	for _, file := range o.files {
		source, err := readLimited(file, maxDocument)
		if err != nil {
			all.Errorf(diag.Range{File: file}, "unreadable", adviceOn(err), "read runbook: %v", err)
			continue
		}
		rb, list, err := a.parseRunbook(file, source)
		if err != nil {
			return err
		}
		sources[file] = source
		if rb != nil {
			steps[file] = len(rb.Steps)
		}
		all = append(all, list...)
	}
	if err := a.showMistakes(o, all, sources, steps); err != nil {
		return err
	}
	if all.HasErrors() {
		return errShown
	}
	return nil
}

func (a *app) showMistakes(o validateOptions, all diag.List, sources report.Sources, steps map[string]int) error {
	switch o.format {
	case "json":
		return report.WriteDiagnosticsJSON(a.Out, o.files, all)
	case "markdown":
		return report.WriteDiagnosticsMarkdown(a.Out, all)
	}
	if err := report.WriteDiagnostics(a.Out, a.outStyle(), all, sources); err != nil {
		return err
	}
	return report.WriteValid(a.Out, a.outStyle(), o.files, steps, all)
}
