package runbooks

import (
	"time"

	"quiesce/internal/diag"
)

// OnFailure says what happens to the run when a step has failed.
type OnFailure string

// The answers to a failed step.
const (
	Rollback OnFailure = "rollback" // undo the run; the default
	Stop     OnFailure = "stop"     // leave everything as it is
	Continue OnFailure = "continue" // go on with what does not need the step
)

// Runbook is a parsed document. Its slices keep the order of the document.
type Runbook struct {
	File        string // as the user named it
	Source      []byte // the document, for snippets
	Digest      string // "sha256:" and the hex of Source
	Name        string
	Description string
	Inputs      []*Input
	MaxParallel int // at least 1
	OnFailure   OnFailure
	Steps       []*Step

	cache cache
}

// Input is a value that a runbook is given when it is planned.
type Input struct {
	Name        string
	Type        Type
	Default     any // resolved value of Type, nil if none
	Required    bool
	Enum        []any
	Pattern     string // RE2, must match all of a string
	Secret      bool
	Description string
	Range       diag.Range
}

// Step is one node of the action graph.
type Step struct {
	ID           string
	Name         string // label, may be empty
	Action       string
	With         *Value // a map, never nil
	Needs        []Need
	NeedsGiven   bool // needs stands in the document, even if empty
	When         *Value
	ForEach      *Value
	As           string
	Timeout      time.Duration // 0: none
	Retries      int           // extra tries
	RetryDelay   time.Duration
	OnFailure    OnFailure // "" means that of the runbook
	Reason       string
	Hold         bool
	Irreversible bool
	Range        diag.Range // of the step's id
	ActionRange  diag.Range
}

// Need is a step that another waits for.
type Need struct {
	ID    string
	Range diag.Range
}

// ValueKind is the shape of a Value.
type ValueKind int

// The shapes of values.
const (
	Scalar ValueKind = iota
	Sequence
	Mapping
)

// Value is a node of the document below with, when or for-each: data in which
// references may stand.
type Value struct {
	Kind    ValueKind
	Literal any    // of a scalar: string, int, float64, bool or nil, in the sense of YAML 1.2
	Text    string // of a scalar: as written
	Items   []*Value
	Entries []Entry // of a mapping, in document order
	Range   diag.Range

	parts    []part // of a text with references: its pieces; else nil
	computed bool   // it took the place of a reference
	ours     bool   // computed, and each ${{ in it is a secret of ours
	broken   bool   // a mistake in it was told already
}

// Entry is one key of a mapping.
type Entry struct {
	Key      string
	KeyRange diag.Range
	Value    *Value
}

// Get returns the value of a key, or nil.
func (v *Value) Get(key string) *Value {
	for _, e := range v.Entries {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}
