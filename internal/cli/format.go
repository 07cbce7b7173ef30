package cli

import (
	"errors"

	"quiesce/internal/diag"
	"quiesce/internal/report"
)

// inFormat shows the mistakes of an author in the format that was asked for.
// Other errors, and text, are left to the end of the command.
func (a *app) inFormat(format, file string, err error) error {
	var failure *diag.Failure
	if !errors.As(err, &failure) {
		return err
	}
	list := a.redactList(failure.List)
	var shown error
	switch format {
	case "json":
		shown = report.WriteDiagnosticsJSON(a.Out, []string{file}, list)
	case "markdown":
		shown = report.WriteDiagnosticsMarkdown(a.Out, list)
	default:
		return err
	}
	return errors.Join(errShown, shown)
}
