package actions

import (
	"encoding/json"
	"fmt"
)

// The kinds of changes.
const (
	FileCreate     = "file.create"
	FileReplace    = "file.replace"
	FileRemove     = "file.remove"
	FileKeep       = "file.keep"
	ServiceStop    = "service.stop"
	ServiceStart   = "service.start"
	ConnectionEnd  = "connection.end"
	ProcessEnd     = "process.end"
	MonitorAbsent  = "monitor.absent"
	MonitorSilence = "monitor.silence"
	CommandRun     = "command.run"
	CheckPass      = "check.pass"
	GateConfirm    = "gate.confirm"
)

// NoUndo begins the Undo of a change that an undo leaves as it is.
const NoUndo = "nothing: "

// Alters tells whether changes of this kind alter the host.
func Alters(kind string) bool {
	switch kind {
	case FileKeep, MonitorAbsent, CheckPass, GateConfirm:
		return false
	}
	return true
}

// Fidelity says how exactly a plan knows what a change will do.
type Fidelity string

// The fidelities.
const (
	Exact   Fidelity = "exact"   // the result is known to the byte
	Bounded Fidelity = "bounded" // only things of a named set are touched
	Opaque  Fidelity = "opaque"  // nobody knows
)

// Change is the smallest thing that is done and undone.
type Change struct {
	Kind     string   `json:"kind"`
	Subject  string   `json:"subject"` // as the host names it: a path, a service
	Fidelity Fidelity `json:"fidelity"`
	Rule     string   `json:"rule,omitempty"`   // of files: the rule that decided
	Reason   string   `json:"reason,omitempty"` // one line for people
	Old      *Facts   `json:"old,omitempty"`    // what the change expects to find
	New      *Facts   `json:"new,omitempty"`    // what it leaves
	// Undo says in words how it is taken back; empty if it alters nothing. It
	// begins with NoUndo if nothing is done to take it back.
	Undo string `json:"undo,omitempty"`
	// Irreversible: it cannot be taken back. A rollback stops here.
	Irreversible bool `json:"irreversible,omitempty"`
	// With is what the operator of the kind needs besides, in a form of its own.
	With json.RawMessage `json:"with,omitempty"`
}

// Encode puts v into With.
func (c *Change) Encode(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s %s: %w", c.Kind, c.Subject, err)
	}
	c.With = data
	return nil
}

// Decode reads With into v.
func (c *Change) Decode(v any) error {
	if err := json.Unmarshal(c.With, v); err != nil {
		return fmt.Errorf("decode %s %s: %w", c.Kind, c.Subject, err)
	}
	return nil
}

// Facts are what is known of a subject at one moment. A family of changes uses
// the fields that fit it.
type Facts struct {
	// Of files. Type is file, directory or symlink; empty is file.
	Type     string `json:"type,omitempty"`
	Version  string `json:"version,omitempty"`
	Scheme   string `json:"scheme,omitempty"`
	Size     int64  `json:"size,omitempty"`
	SHA256   string `json:"sha256,omitempty"`
	Modified string `json:"modified,omitempty"` // RFC 3339, UTC, with the fraction the file system keeps
	Mode     string `json:"mode,omitempty"`     // octal: 0644
	Owner    string `json:"owner,omitempty"`    // uid:gid
	Target   string `json:"target,omitempty"`   // of a symbolic link

	// Of services.
	State string `json:"state,omitempty"`
	Start string `json:"start,omitempty"` // start type

	// Of processes, connections and monitors.
	PID      int    `json:"pid,omitempty"`
	Evidence string `json:"evidence,omitempty"`
}
