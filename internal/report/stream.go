package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"quiesce/executor"
	"quiesce/executor/plan"
)

// StreamFormat is the name and version of a run's events as JSON lines.
const StreamFormat = "quiesce.events/v1"

// Stream writes the events of a run as JSON, one object on each line. The
// first has the type "stream" and names the format, the last the type
// "result"; those between have the types of executor.EventType.
type Stream struct {
	mu  sync.Mutex
	enc *json.Encoder
	err error
}

// streamHead is the first line.
type streamHead struct {
	Type    string `json:"type"`
	Format  string `json:"format"`
	Command string `json:"command"` // apply, resume, rollback
	Run     string `json:"run,omitempty"`
	Plan    string `json:"plan"`
	Runbook string `json:"runbook"`
	Host    string `json:"host"`
	Changes int    `json:"changes"`
}

// streamEvent is a line for an event.
type streamEvent struct {
	Type    executor.EventType `json:"type"`
	Time    time.Time          `json:"time"`
	Step    string             `json:"step,omitempty"`
	Kind    string             `json:"kind,omitempty"`
	Subject string             `json:"subject,omitempty"`
	Done    int                `json:"done,omitempty"`
	Total   int                `json:"total,omitempty"`
	Attempt int                `json:"attempt,omitempty"`
	Detail  string             `json:"detail,omitempty"`
	Error   string             `json:"error,omitempty"`
	Outcome executor.Outcome   `json:"outcome,omitempty"`
	Seconds float64            `json:"seconds,omitempty"` // of step-done and run-ended
}

// Result is how a command that changes a host ended; as JSON the last line of
// its stream.
type Result struct {
	Type      string        `json:"type"`              // result
	Run       string        `json:"run,omitempty"`     // empty if there was nothing to run
	Command   string        `json:"command,omitempty"` // of one that was refused
	Outcome   string        `json:"outcome"`
	Exit      int           `json:"exit"`
	Made      int           `json:"made"` // changes made and not taken back
	Planned   int           `json:"planned"`
	Simulated string        `json:"simulated-host,omitempty"`
	Errors    []string      `json:"errors"`
	Hint      string        `json:"hint,omitempty"` // what to do, if the errors do not tell
	Next      []Advice      `json:"next"`
	Settled   []Settled     `json:"settled,omitempty"` // what persons have decided on conflicts
	Backups   int           `json:"backups,omitempty"` // of finalize: names that were removed
	Freed     int64         `json:"freed,omitempty"`   // of finalize: bytes of the disk
	Left      []string      `json:"left,omitempty"`    // of finalize: what is no backup any more, and stays
	Kept      *int64        `json:"kept,omitempty"`    // of finalize that failed: bytes of the disk that backups still take
	Missing   int           `json:"missing,omitempty"` // of finalize: backups that somebody else had removed before
	Took      time.Duration `json:"-"`
}

// NewStream begins a stream.
func NewStream(w io.Writer, command, run string, pl *plan.Plan) *Stream {
	s := &Stream{enc: json.NewEncoder(w)}
	s.enc.SetEscapeHTML(false)
	s.write(streamHead{"stream", StreamFormat, command, run, pl.Digest, pl.Runbook.Name, pl.Host.Name, pl.Summary.Changes})
	return s
}

func (s *Stream) write(v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.enc.Encode(v); err != nil {
		s.err = errors.Join(s.err, fmt.Errorf("write events: %w", err))
	}
}

// WriteRefusal writes the result of a command that began nothing: one line.
func WriteRefusal(w io.Writer, r *Result) error {
	s := &Stream{enc: json.NewEncoder(w)}
	s.enc.SetEscapeHTML(false)
	return s.Close(r)
}

// Observe writes one event. A failure to write does not stop a run: Close
// tells it.
func (s *Stream) Observe(e executor.Event) {
	line := streamEvent{
		Type: e.Type, Time: e.Time.UTC(), Step: e.Step, Done: e.Done, Total: e.Total,
		Attempt: e.Attempt, Detail: e.Detail, Outcome: e.Outcome, Seconds: e.Elapsed.Seconds(),
	}
	if e.Change != nil {
		line.Kind, line.Subject = e.Change.Kind, e.Change.Subject
	}
	if e.Err != nil {
		line.Error = FlatText(e.Err.Error())
	}
	s.write(line)
}

// Close writes the last line and returns what could not be written.
func (s *Stream) Close(r *Result) error {
	r.Type = "result"
	s.write(r)
	return s.err
}
