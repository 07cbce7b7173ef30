package actions

import (
	"context"
	"fmt"

	"quiesce/host"
	"quiesce/internal/diag"
	"quiesce/runbooks"
)

// Env is the surroundings of an action while it plans and of an operator while
// it works.
type Env struct {
	// Host is what is looked at and changed: real, in memory, or an overlay.
	Host host.Host
	// Sources is where packs are read: the files of the machine that Quiesce
	// runs on.
	Sources host.Files
	// Shipped returns the digests of contents that earlier runs are known to
	// have put at a path of the host; nil knows none.
	Shipped func(path string) []string
	// Secrets are the values of secret inputs by name. They are empty while
	// planning.
	Secrets map[string]string
	// Confirm asks the operator and returns nil if the answer is yes; nil
	// means that there is nobody to ask.
	Confirm func(ctx context.Context, message string) error
	// Memo keeps what an operator must remember of the changes at hand.
	Memo Memo
	// Run names the run, in file names too: letters, digits and dashes.
	Run string
	// Step is the id of the step at hand.
	Step string
	// Settled are the decisions of persons on changes of the step, by subject.
	Settled map[string]Settlement
	// Progress, if set, is told how many of the transaction's changes are done.
	Progress func(done, total int)
}

// Memo keeps, in the journal, what must be known to undo the changes at hand
// and is not known before they are made. It belongs to one change or, of a
// Transactor, to one transaction.
type Memo interface {
	// Save replaces the memo. When it returns nil the memo is durable.
	Save(v any) error
	// Load reads the memo into v and tells whether there is one.
	Load(v any) (bool, error)
}

// Action is one step of a runbook, ready to plan.
type Action interface {
	// Plan looks at the host and says what the step comes to. It changes
	// nothing, and asks the host nothing that a plan need not know. An author's
	// mistake, or a world that forbids the step, is a finding; what failed
	// while looking is an error.
	Plan(ctx context.Context, env *Env) (Proposal, error)
}

// Proposal is what a step comes to.
type Proposal struct {
	Changes  []Change
	Outputs  map[string]any // by the names of the action's outputs, always all of them
	Findings []Finding
	// Source is the digest of all that the step reads from the machine that
	// Quiesce runs on, such as a pack; empty if nothing.
	Source string
}

// Finding is a diagnostic whose place is a parameter of the step.
type Finding struct {
	Param    string // name of the parameter, "" for the step
	Severity diag.Severity
	Rule     string
	Message  string
	Hint     string
}

// Refuse adds an error about a parameter.
func (p *Proposal) Refuse(param, rule, hint, format string, args ...any) {
	p.Findings = append(p.Findings, Finding{param, diag.Error, rule, fmt.Sprintf(format, args...), hint})
}

// Warn adds a warning about a parameter.
func (p *Proposal) Warn(param, rule, hint, format string, args ...any) {
	p.Findings = append(p.Findings, Finding{param, diag.Warning, rule, fmt.Sprintf(format, args...), hint})
}

// Verb is one action of the language: what it is called and takes, and how one
// is made of its parameters.
type Verb struct {
	Spec runbooks.ActionSpec
	// New makes the action of a step. The parameters are complete, typed as
	// the specification says and have their defaults.
	New func(step StepParams) (Action, error)
}

// StepParams is what a step gives its action.
type StepParams struct {
	Params       runbooks.Params
	Irreversible bool
	// ChangesOf returns the changes that another step has planned, for
	// parameters of kind runbooks.StepRef; of "" those of all steps that this
	// one comes after, in their order.
	ChangesOf func(step string) []Change
}

// ConflictError says that a subject is neither as a change expects to find it
// nor as it leaves it. Nothing was done to it.
type ConflictError struct {
	Kind, Subject, Detail string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s %s: %s", e.Kind, e.Subject, e.Detail)
}
