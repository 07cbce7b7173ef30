// Package connection is the family of the verb end-connections.
//
// What is ended is a bounded set: a change holds a selector, and the plan shows
// what the selector matched when it was made. At apply it is what matches then,
// never more than the selector says, and never a session of the person who runs
// Quiesce.
//
// Peers that no driver can end, such as those of UDP, make the change fail
// before anything is ended: they are tried first.
package connection
