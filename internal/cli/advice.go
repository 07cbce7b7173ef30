package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"quiesce/executor"
	"quiesce/executor/runs"
	"quiesce/host"
	"quiesce/internal/diag"
	"quiesce/internal/report"
)

// hintedError is an error with what to do about it.
type hintedError struct {
	err  error
	hint string
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }

func hinted(err error, hint string) error { return &hintedError{err, hint} }

// usage says that the command line is wrong.
func usage(format string, args ...any) error {
	return hinted(fmt.Errorf(format, args...), "quiesce --help shows the commands, quiesce COMMAND --help their flags")
}

// errShown says that everything was told already.
var errShown = errors.New("the mistakes were shown")

// explain writes an error for people: what failed, on what, and what to do.
func (a *app) explain(err error) {
	var run *runError
	if err == nil || errors.Is(err, errShown) || errors.Is(err, errChanges) || errors.As(err, &run) && run.shown {
		return
	}
	if errors.Is(err, syscall.EPIPE) {
		return // nobody reads any more
	}
	style := a.errStyle()
	var failure *diag.Failure
	if errors.As(err, &failure) {
		if shown := a.diagnostics(failure.List); shown == nil {
			return
		}
	}
	if werr := report.WriteError(a.Err, style, a.secrets.text(brief(err)), a.secrets.text(adviceOn(err))); werr != nil && a.log != nil {
		a.log.WithError(werr).Error("an error could not be shown")
	}
}

// headline is the sentence that an error is told by; a drift is told item by
// item.
func headline(err error) string {
	var space *executor.NoSpaceError
	if errors.As(err, &space) {
		return lacking(space.Volumes) + "; nothing was changed"
	}
	var drift *executor.DriftError
	if !errors.As(err, &drift) {
		return report.FlatText(err.Error())
	}
	if d := drift.Items; len(d) == 1 && d[0].Kind == "" && (d[0].Step == "" || d[0].Step == "(all)") {
		return d[0].Detail + "; nothing was changed" // it is another host
	}
	return driftText(drift.Items)
}

// brief is headline for people: what drifted in the same way is told once.
func brief(err error) string {
	var drift *executor.DriftError
	if errors.As(err, &drift) && len(drift.Items) > 1 {
		return driftText(alike(drift.Items))
	}
	return headline(err)
}

// driftText tells what drifted, each on a line of its own.
func driftText(items []executor.Drift) string {
	lines := []string{"the host is not as it was planned, and nothing was changed:"}
	for _, d := range items {
		words := []string{"step " + d.Step, strings.TrimSpace(d.Kind + " " + report.Visible(d.Subject)), report.Visible(report.FlatText(d.Detail))}
		lines = append(lines, strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), ": "))
	}
	return strings.Join(lines, "\n")
}

// alike gathers many things of a step that drifted for one and the same cause,
// such as a directory that is not there, behind the first of them. Such a cause
// names a path of its own; what is said of each file itself is told of each.
func alike(items []executor.Drift) []executor.Drift {
	const many = 4
	type cause struct{ step, kind, detail string }
	of := func(d executor.Drift) cause { return cause{d.Step, d.Kind, d.Detail} }
	count := map[cause]int{}
	for _, d := range items {
		count[of(d)]++
	}
	var out []executor.Drift
	told := map[cause]bool{}
	for _, d := range items {
		c := of(d)
		n := count[c]
		if n < many || !strings.ContainsAny(d.Detail, `/\`) {
			out = append(out, d)
			continue
		}
		if !told[c] {
			told[c] = true
			d.Subject = fmt.Sprintf("%s and %d more", d.Subject, n-1)
			out = append(out, d)
		}
	}
	return out
}

// diagnostics shows mistakes of authors on the standard error.
func (a *app) diagnostics(list diag.List) error {
	return report.WriteDiagnostics(a.Err, a.errStyle(), a.redactList(list), a.sourcesOf(list))
}

func (a *app) redactList(list diag.List) diag.List {
	out := append(diag.List{}, list...)
	for i := range out {
		out[i].Message, out[i].Hint = a.secrets.text(out[i].Message), a.secrets.text(out[i].Hint)
	}
	return out
}

// sourcesOf reads the documents that diagnostics point into, for their
// snippets; one that cannot be read any more is shown without.
func (a *app) sourcesOf(list diag.List) report.Sources {
	sources := report.Sources{}
	for _, d := range list {
		if _, ok := sources[d.Range.File]; ok || d.Range.File == "" || a.private[d.Range.File] {
			continue
		}
		if source, err := readLimited(d.Range.File, maxDocument); err == nil {
			sources[d.Range.File] = source
		}
	}
	return sources
}

// adviceOn says what to do about an error, or "".
func adviceOn(err error) string {
	var hint *hintedError
	var drift *executor.DriftError
	var locked *runs.LockedError
	switch {
	case errors.As(err, &hint):
		return hint.hint
	case errors.As(err, &drift):
		return "find out who changed it, plan again, and have the new plan approved"
	case errors.As(err, &locked):
		return "wait until it has ended; quiesce status shows where it stands"
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return "nothing was changed"
	case errors.Is(err, host.ErrNoSpace):
		return "free some space, or choose another place"
	case errors.Is(err, host.ErrOutside):
		return "name something inside the directory; a symbolic link that leads out of it is not followed"
	case errors.Is(err, fs.ErrPermission):
		return "run quiesce as a user who may do that"
	case errors.Is(err, errors.ErrUnsupported):
		return "this host cannot tell or do that yet; leave the step out, or rehearse on a simulated host with --host FILE"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "give it more time, or find out why it takes so long"
	case errors.Is(err, fs.ErrNotExist):
		return "check the name; a relative one counts from the directory that quiesce is started in"
	}
	return ""
}
