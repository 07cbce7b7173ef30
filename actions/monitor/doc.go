// Package monitor is the family of the verb verify-no-monitor.
//
// Whether somebody watches the host has three answers: none, found, and cannot
// tell, which is a failure like found. What is found is told with its evidence:
// a process, a connection, a pipe, or what the host itself knows. Evidence is
// taken widely: a console that may show a monitor counts as one, because a
// monitor that is overlooked locks the files that are to be replaced.
//
// A silence stops alarms, not watching: it answers for server monitors only. A
// performance monitor loads libraries of the programs that it watches, and no
// silence releases them.
package monitor
