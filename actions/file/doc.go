// Package file holds the verb apply-with-overwrite-policy and the operator of
// the changes file.create, file.replace, file.remove and file.keep.
//
// The action reads a pack and a directory of the host, decides file by file
// whether what the pack brings takes the place of what is there, and says by
// which rule. It writes nothing.
//
// The operator makes all file changes of a step as one transaction. Every new
// file is staged beside its target under a name of the run's own and made
// durable; then one atomic operation per file swaps it in, so that the old file
// lives on, untouched, under the stage name: it is the backup, and no copy is
// ever made of it. The state of each change can be read from the host alone:
// the target is the old file, or the new one, or somebody else was here and
// nothing is done. The number of durable waits does not depend on the number
// of files.
//
// What the package promises: a change that cannot be made leaves every target
// as it was; a transaction that is interrupted anywhere can be undone or gone on
// with, any number of times; undo restores bytes, mode, owner, times and links,
// and the times of directories; what somebody else made is never overwritten.
package file
