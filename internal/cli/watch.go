package cli

import (
	"errors"

	"github.com/sirupsen/logrus"

	"quiesce/executor"
	"quiesce/internal/report"
)

// watch passes the events of a run on to whoever watches: a stream of JSON, or
// the progress; and the log.
type watch struct {
	app      *app
	stream   *report.Stream
	progress *report.Progress
	restore  func()
}

func (w *work) newWatch() *watch {
	v := &watch{app: w.app, restore: func() {}}
	switch {
	case w.format == "json":
		v.stream = report.NewStream(w.Out, w.command, w.id, w.plan)
	case !w.global.quiet:
		style := w.errStyle()
		v.progress = report.NewProgress(w.Err, style, w.ErrTerminal && w.Getenv("TERM") != "dumb", w.plan, w.before)
		v.restore = w.logAbove(v.progress)
	}
	return v
}

// observe is told every event, one at a time.
func (v *watch) observe(e executor.Event) {
	if e.Err != nil {
		e.Err = errors.New(v.app.secrets.text(e.Err.Error()))
	}
	e.Detail = v.app.secrets.text(e.Detail)
	switch {
	case v.stream != nil:
		v.stream.Observe(e)
	case v.progress != nil:
		v.progress.Observe(e)
	}
	v.record(e)
}

// record writes an event to the log: steps as information, changes for who
// looks for faults.
func (v *watch) record(e executor.Event) {
	entry := logrus.NewEntry(v.app.log)
	if e.Step != "" {
		entry = entry.WithField("step", e.Step)
	}
	if e.Change != nil {
		entry = entry.WithField("kind", e.Change.Kind).WithField("subject", e.Change.Subject)
	}
	if e.Outcome != "" {
		entry = entry.WithField("outcome", e.Outcome)
	}
	if e.Err != nil {
		entry = entry.WithError(e.Err)
	}
	level := logrus.InfoLevel
	switch e.Type {
	case executor.ChangeApplied, executor.ChangeUndone, executor.StepProgress:
		level = logrus.DebugLevel
	}
	entry.Log(level, string(e.Type))
}

// suspend takes the live line away until the returned function is called.
func (v *watch) suspend() (resume func()) {
	if v.progress == nil {
		return func() {}
	}
	return v.progress.Suspend()
}

// close ends what is shown while the run is on.
func (v *watch) close() error {
	v.restore()
	if v.progress == nil {
		return nil
	}
	return v.progress.Close()
}

// finish writes the last line of the stream.
func (v *watch) finish(r *report.Result) error { return v.stream.Close(r) }
