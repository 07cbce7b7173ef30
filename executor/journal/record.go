package journal

import (
	"encoding/json"
	"fmt"
)

// Format is the name and version of the format; the first record carries it.
const Format = "quiesce.journal/v1"

// Type says what a record is about.
type Type string

// The types of records. From and To of a record are the changes of its step
// that it is about, To exclusive.
const (
	Begin    Type = "begin"    // the run; the first record
	Intent   Type = "intent"   // the changes are about to be made
	Memo     Type = "memo"     // what must be known to undo them
	Applied  Type = "applied"  // they were made, or verified
	Failed   Type = "failed"   // making them failed, with an error
	Skipped  Type = "skipped"  // the step failed and the run goes on without it
	Rollback Type = "rollback" // from here on the run is taken back
	Undone   Type = "undone"   // the changes were taken back
	UndoFail Type = "undo-failed"
	Finished Type = "finished" // what they held while the run was on was let go
	Settled  Type = "settled"  // a person has decided on one change that was in conflict
	Resumed  Type = "resumed"  // another process goes on with the run
	End      Type = "end"      // the run has ended, with an outcome

	// Of a run that has ended.
	Finalize  Type = "finalize"  // its backups are about to be removed: from here on there is no way back
	Finalized Type = "finalized" // they are gone
)

// Record is one line of a journal.
type Record struct {
	Seq     int             `json:"seq"`
	Time    string          `json:"time"` // RFC 3339, UTC, milliseconds
	Type    Type            `json:"type"`
	Step    string          `json:"step,omitempty"`
	From    int             `json:"from,omitempty"`
	To      int             `json:"to,omitempty"`
	Attempt int             `json:"attempt,omitempty"`
	Error   string          `json:"error,omitempty"`
	Outcome string          `json:"outcome,omitempty"`
	Memo    json.RawMessage `json:"memo,omitempty"`
	Run     *Run            `json:"run,omitempty"` // of Begin and Resumed
	// Conflicts are the subjects that somebody else has changed; of Failed and UndoFail.
	Conflicts []string `json:"conflicts,omitempty"`
	// KeepOnly are those of them that can be settled only by leaving what
	// somebody else made.
	KeepOnly []string `json:"keep-only,omitempty"`
	// Settlement is what was decided; of Settled.
	Settlement *Settlement `json:"settlement,omitempty"`
	Prev       string      `json:"prev"`          // hex SHA-256 of the line before; empty in the first
	Sum        string      `json:"sum,omitempty"` // hex CRC-32C of the line with this key left out
}

// Run says what run it is and who does it.
type Run struct {
	Format string `json:"format"`
	ID     string `json:"id"`
	Plan   string `json:"plan"` // digest
	Name   string `json:"name"` // of the runbook
	Host   string `json:"host"`
	Tool   string `json:"tool"`
	User   string `json:"user,omitempty"`
	PID    int    `json:"pid,omitempty"`
}

// Settlement is a person's decision on one change.
type Settlement struct {
	Decision string          `json:"decision"`
	Back     bool            `json:"back,omitempty"` // it was made on the way back
	Told     string          `json:"told,omitempty"` // what became of the things
	Note     json.RawMessage `json:"note,omitempty"` // for who carries it out
}

// CorruptError says that a journal was changed or damaged.
type CorruptError struct {
	Record int // its number, counted from 1
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("the journal is corrupt at record %d: %s; nothing was done", e.Record, e.Reason)
}
