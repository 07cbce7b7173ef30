// Package journal is the append-only record of a run: what was about to be
// done, what was done, what was taken back. It is written before and after
// each change, and it is all that recovery needs besides the plan and the host.
//
// A journal is JSON lines. Each line has a sequence number, the SHA-256 of the
// line before it, and a CRC-32C of itself; so an edited, lost or swapped line
// shows. A last line without its line break is a torn tail: it was being
// written when the machine stopped, nothing was done because of it, and it is
// cut off. Everything else that does not fit is corruption: it is told with
// the record's number, and nothing is done.
//
// The package knows neither plans nor actions: its records are its own wire
// types, kept readable for every version that was ever released.
package journal
