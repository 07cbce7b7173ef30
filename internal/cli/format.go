package cli

import (
	"errors"

	"quiesce/internal/diag"
	"quiesce/internal/report"
)

// inResult writes the result of a command that was refused, where JSON was
// asked for: its last line says so, whatever happened.
func (a *app) inResult(format, command string, err error) error {
	if err == nil || format != "json" || a.told || errors.Is(err, errShown) {
		return err
	}
	refused := &report.Result{
		Command: command, Outcome: "refused", Exit: int(exitOf(err)), Errors: report.Flatten(a.secrets.text(headline(err))),
		Hint: a.secrets.text(adviceOn(err)), Next: []report.Advice{},
	}
	return errors.Join(err, report.WriteRefusal(a.Out, refused))
}

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
