package report_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"quiesce/executor"
	"quiesce/executor/plan"
	"quiesce/internal/report"
)

// play tells a watcher a whole run of everything: a step that takes its time, a
// retry, a failure, and the way back.
func play(p *plan.Plan, observe func(executor.Event), pause func(time.Duration)) {
	files := p.Steps[2]
	for _, e := range []executor.Event{
		{Type: executor.RunStarted, Total: p.Summary.Changes},
		{Type: executor.StepStarted, Step: "watch", Total: 3},
		{Type: executor.ChangeApplied, Step: "watch", Change: &p.Steps[0].Changes[1], Done: 2, Total: 3},
		{Type: executor.StepDone, Step: "watch", Done: 3, Elapsed: 1500 * time.Millisecond},
		{Type: executor.StepStarted, Step: "files", Total: 17},
		{Type: executor.StepProgress, Step: "files", Done: 3, Total: 17},
		{Type: executor.StepStarted, Step: "side", Total: 1},
		{Type: executor.StepRetried, Step: "files", Attempt: 2, Err: errors.New("in use")},
		{Type: executor.ChangeApplied, Step: "files", Change: &files.Changes[0], Done: 1, Total: 17},
		{Type: executor.StepSkipped, Step: "never", Detail: "when: false"},
		{Type: executor.StepDone, Step: "side", Done: 1},
		{Type: executor.StepContinued, Step: "files", Detail: "only cosmetic"},
		{Type: executor.StepStarted, Step: "run", Total: 1},
		{Type: executor.StepFailed, Step: "run", Err: errors.New("exit code 3\nof \x1b[0m migrate")},
		{Type: executor.RollbackStarted},
		{Type: executor.ChangeUndone, Step: "files", Change: &files.Changes[7]},
		{Type: executor.ChangeUndone, Step: "files", Change: &files.Changes[1]},
		{Type: executor.ChangeUndone, Step: "files", Change: &files.Changes[0]},
		{Type: executor.ChangeUndone, Step: "watch", Change: &p.Steps[0].Changes[1]},
		{Type: executor.UndoFailed, Step: "watch", Change: &p.Steps[0].Changes[2], Err: errors.New("gone")},
		{Type: executor.RunEnded, Outcome: executor.Incomplete, Elapsed: time.Minute},
	} {
		e.Time = time.Now()
		observe(e)
		pause(200 * time.Millisecond)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	p := everything(t)
	golden(t, "progress.plain.golden", func(w io.Writer) error {
		progress := report.NewProgress(w, report.Style{}, false, p, nil)
		play(p, progress.Observe, func(time.Duration) {})
		return progress.Close()
	})
}

func TestLiveProgress(t *testing.T) {
	t.Parallel()
	p := everything(t)
	golden(t, "progress.live.golden", func(w io.Writer) (err error) {
		synctest.Test(t, func(*testing.T) {
			// A line break instead of the jump to the line's start: the golden
			// file shows every drawing.
			var drawn bytes.Buffer
			progress := report.NewProgress(&drawn, report.Style{Width: 70}, true, p, nil)
			time.Sleep(50 * time.Millisecond) // events come between two frames
			play(p, progress.Observe, time.Sleep)
			err = progress.Close()
			_, werr := io.WriteString(w, strings.ReplaceAll(drawn.String(), "\r\x1b[K", "\n>"))
			err = errors.Join(err, werr)
		})
		return err
	})
}

func TestLiveProgressIsThrottled(t *testing.T) {
	t.Parallel()
	p := everything(t)
	synctest.Test(t, func(t *testing.T) {
		var drawn bytes.Buffer
		progress := report.NewProgress(&drawn, report.Style{}, true, p, nil)
		progress.Observe(executor.Event{Type: executor.StepStarted, Step: "files", Time: time.Now()})
		before := drawn.Len()
		for i := range 10_000 {
			progress.Observe(executor.Event{Type: executor.StepProgress, Step: "files", Done: i, Time: time.Now()})
		}
		if got := drawn.Len() - before; got > 0 {
			t.Errorf("%d bytes were drawn within one frame", got)
		}
		if err := progress.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSuspendedProgress(t *testing.T) {
	t.Parallel()
	p := everything(t)
	synctest.Test(t, func(t *testing.T) {
		var drawn bytes.Buffer
		progress := report.NewProgress(&drawn, report.Style{}, true, p, nil)
		progress.Observe(executor.Event{Type: executor.StepStarted, Step: "files", Time: time.Now()})
		if _, err := progress.Write([]byte("a line of the log\n")); err != nil {
			t.Fatal(err)
		}
		resume := progress.Suspend()
		synctest.Wait()
		before := drawn.Len()
		time.Sleep(time.Minute)
		synctest.Wait()
		if drawn.Len() > before {
			t.Error("it draws while somebody else has the terminal")
		}
		resume()
		time.Sleep(time.Second)
		synctest.Wait()
		if drawn.Len() == before {
			t.Error("it does not go on drawing")
		}
		if err := progress.Close(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(drawn.String(), "\r\x1b[Ka line of the log\n") {
			t.Errorf("the log was not written above the live line: %q", drawn.String())
		}
	})
}

// broken is a stream that nobody reads any more.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	p := everything(t)
	progress := report.NewProgress(broken{}, report.Style{}, false, p, nil)
	play(p, progress.Observe, func(time.Duration) {})
	if err := progress.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("progress: %v", err)
	}
	stream := report.NewStream(broken{}, "apply", "RUN", p)
	play(p, stream.Observe, func(time.Duration) {})
	if err := stream.Close(&report.Result{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("stream: %v", err)
	}
	if err := report.WritePlan(broken{}, report.Style{}, p, report.PlannedSpace(p)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("plan: %v", err)
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	p := everything(t)
	golden(t, "stream.golden", func(w io.Writer) (err error) {
		synctest.Test(t, func(*testing.T) {
			stream := report.NewStream(w, "apply", "RUN", p)
			play(p, stream.Observe, time.Sleep)
			err = stream.Close(&report.Result{Run: "RUN", Outcome: "rollback incomplete", Exit: 6, Errors: []string{"gone"},
				Next: (&report.Run{ID: "RUN", State: "rollback incomplete", RollingBack: true}).Ways()})
		})
		return err
	})
}
