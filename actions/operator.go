package actions

import (
	"context"
	"encoding/json"
)

// State is what a host shows of a change.
type State string

// The answers to "is it done?".
const (
	NotDone  State = "not done" // the host is as the change expects to find it
	Done     State = "done"     // the host is as the change leaves it
	Conflict State = "conflict" // neither: somebody else was here
)

// Status is the state of one change on one host, and what was seen.
type Status struct {
	State  State
	Detail string // of a conflict: what was found instead, one line
}

// Operator carries out the changes of some kinds. Its methods take only what
// stands in the change, in the environment and on the host.
type Operator interface {
	// Kinds returns the kinds of changes that it carries out.
	Kinds() []string
	// Inspect tells whether the change is done. It changes nothing. Of a kind
	// that verifies (Alters is false) NotDone means "not known before it is
	// verified", and Conflict that it no longer holds.
	Inspect(ctx context.Context, env *Env, c Change) (Status, error)
	// Apply makes the change; of one that is done already, or half done by an
	// interrupted Apply, it makes the rest. Of a conflict it makes nothing and
	// returns a *ConflictError. Of a kind that verifies it verifies.
	Apply(ctx context.Context, env *Env, c Change) error
	// Undo restores what was there before Apply, also after an Apply that was
	// interrupted; of a change that is not done it does nothing. It can be
	// repeated. A conflict is left alone and returned as a *ConflictError.
	Undo(ctx context.Context, env *Env, c Change) error
}

// Transactor is an Operator whose neighbouring changes of one step are one
// transaction: the executor hands them over together.
type Transactor interface {
	Operator
	// ApplyAll is Apply of all of them; if it fails, what it did is undone by
	// UndoAll, never by itself.
	ApplyAll(ctx context.Context, env *Env, changes []Change) error
	// UndoAll is Undo of all of them. It goes on after a conflict or a failure
	// of one, and returns all that failed as a *multierror.Error.
	UndoAll(ctx context.Context, env *Env, changes []Change) error
}

// Finisher is an Operator whose changes hold something only while the run is
// on: a service kept down, alarms kept silent.
type Finisher interface {
	Operator
	// Finish lets go when a run has ended well, for changes that were applied,
	// last first. It can be repeated.
	Finish(ctx context.Context, env *Env, c Change) error
}

// SourceReader is an Operator whose changes come from something on the machine
// that Quiesce runs on, such as a pack.
type SourceReader interface {
	Operator
	// ReadSource returns what of that is not as it was when the changes were
	// planned, one line each; planned is the digest that Proposal.Source had.
	ReadSource(ctx context.Context, env *Env, planned string, changes []Change) ([]string, error)
}

// Keeper is an Operator whose changes leave something beside what they change,
// for the way back: backups.
type Keeper interface {
	Operator
	// Kept returns how many bytes of the host's disk the backups of changes
	// take. It looks at names only, and reads no contents.
	Kept(ctx context.Context, env *Env, changes []Change) (int64, error)
	// Missing returns how many backups of changes are not there any more. If
	// none can be seen, nor anything else of the run, that is an error: the disk
	// may not be mounted. It changes nothing.
	Missing(ctx context.Context, env *Env, changes []Change) (int, error)
	// Discard removes the backups of changes for good, so that there is no way
	// back. What is not what the run has left there stays, and is named. It can
	// be repeated; what it returns beside an error was done nevertheless.
	Discard(ctx context.Context, env *Env, changes []Change) (Discarded, error)
}

// Sizer is an Operator whose changes take space on the host's disks, and keep
// it until their backups are dropped.
type Sizer interface {
	Operator
	// Room returns what changes of one step have still to take, by directory,
	// in the order of their names: one directory for each file system, which
	// need not be there yet. begun says that an earlier attempt may have taken
	// some of it. It looks at names only, and reads no contents.
	Room(ctx context.Context, env *Env, changes []Change, begun bool) ([]Room, error)
}

// Room is space that is needed in or below a directory of the host.
type Room struct {
	Dir   string // absolute
	Bytes int64  // whole blocks of the disk
}

// Discarded is what came of removing backups.
type Discarded struct {
	Backups int      // names that were removed
	Bytes   int64    // of the disk, that they took
	Left    []string // what stays, and why, one line each
	Missing int      // backups that somebody else had removed before
}

// Add puts what came of other changes to it.
func (d *Discarded) Add(other Discarded) {
	d.Backups += other.Backups
	d.Bytes += other.Bytes
	d.Left = append(d.Left, other.Left...)
	d.Missing += other.Missing
}

// Decision is how a person settles a conflict.
type Decision string

// The decisions.
const (
	// KeepTheirs: what somebody else made stays, and the change is left out
	// from then on, forward and back.
	KeepTheirs Decision = "keep-theirs"
	// TakeOurs: what somebody else made goes aside, and the change is made, or
	// taken back.
	TakeOurs Decision = "take-ours"
)

// Settlement is a decision on one change, as the journal keeps it.
type Settlement struct {
	Decision Decision        `json:"decision"`
	Back     bool            `json:"back,omitempty"` // it was made on the way back
	Told     string          `json:"told,omitempty"` // what becomes of the things, one line for people
	Note     json.RawMessage `json:"note,omitempty"` // what its operator needs to carry it out
}

// Resolver is an Operator whose conflicts a person can settle, change by change.
// Its other methods carry out what they find in Env.Settled.
type Resolver interface {
	Operator
	// Conflicts returns what keeps changes from being made or, with back, from
	// being taken back; nil where nothing does. It changes nothing.
	Conflicts(ctx context.Context, env *Env, changes []Change, back bool) ([]*ConflictError, error)
	// Settle returns how a decision on a change in conflict is carried out, or
	// why it cannot be. It changes nothing.
	Settle(ctx context.Context, env *Env, c Change, d Decision, back bool) (Settlement, error)
}
