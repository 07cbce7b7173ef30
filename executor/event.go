package executor

import (
	"time"

	"quiesce/actions"
)

// EventType says what an event is about.
type EventType string

// The closed set of events.
const (
	RunStarted      EventType = "run-started"
	StepStarted     EventType = "step-started"
	StepSkipped     EventType = "step-skipped" // Detail says why
	ChangeApplied   EventType = "change-applied"
	StepProgress    EventType = "step-progress" // Done of Total changes of a transaction
	StepRetried     EventType = "step-retried"  // Err failed, Attempt comes next
	StepDone        EventType = "step-done"
	StepFailed      EventType = "step-failed"    // Err
	StepContinued   EventType = "step-continued" // failed, and the run goes on; Detail is the reason
	RollbackStarted EventType = "rollback-started"
	ChangeUndone    EventType = "change-undone"
	UndoFailed      EventType = "undo-failed" // Err
	RunEnded        EventType = "run-ended"   // Outcome
)

// Event is something that happened in a run, for who watches it.
type Event struct {
	Type    EventType
	Time    time.Time
	Step    string
	Change  *actions.Change
	Done    int
	Total   int
	Attempt int
	Detail  string
	Err     error
	Outcome Outcome
	Elapsed time.Duration // of StepDone and RunEnded
}

// Outcome is how a run stands or has ended.
type Outcome string

// The outcomes.
const (
	Succeeded   Outcome = "succeeded"
	RolledBack  Outcome = "rolled back"
	Interrupted Outcome = "interrupted"         // stopped on the way; resume or roll back
	Stopped     Outcome = "stopped"             // a step failed, and its runbook says stop
	Incomplete  Outcome = "rollback incomplete" // something could not be taken back
	Closed      Outcome = "closed"              // a person has looked, and accepts the host as it is
	Unfinished  Outcome = "unfinished"          // all applied, but something held for the run could not be let go
	Finalized   Outcome = "finalized"           // its backups are gone: only finalize itself ends so
)
