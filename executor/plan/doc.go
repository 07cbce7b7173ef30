// Package plan is the plan of a run as a value and as a file: the ordered
// changes that a runbook comes to on one host, with what each expects to find.
// It is the only thing that apply obeys, so it holds no time of day, no secret
// and nothing that would differ if it were made again from the same runbook,
// inputs and host: it is the same then, byte for byte.
//
// The digest of a plan is the SHA-256 of its canonical form: JSON without
// insignificant white space, the keys in the order of the types below, without
// the key digest. A file whose digest does not fit is refused.
package plan
