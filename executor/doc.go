// Package executor is the engine. It plans a runbook on a host, applies a
// plan, goes on with a run that was interrupted, and takes a run back.
//
// The life of a change: the planner asks an action for it and makes it on an
// overlay of the host, so that later steps see its effect. Before a run begins
// the whole plan is made once more on a fresh overlay; what does not fit is
// drift, and nothing is done. Then, for the changes of a step: the intent is
// written to the journal and made durable; the operator inspects, makes the
// change and verifies it; the journal says that it was applied. A rollback
// walks the journal backwards. Both may be interrupted at any point and
// repeated, for every change can tell whether it is done, not done, or in
// conflict with somebody else's.
//
// The executor takes a context, runs one plan on one host, and keeps all its
// state in the journal.
package executor
