// Package cli is the command line: one file for each command, which parses
// flags into options and runs them; the streams, the signals and the exit
// codes.
//
// Results go to the standard output, everything else to the standard error.
// Every error ends as what failed, on what, and what to do. Which exit code an
// error means is decided in one place, exitOf. Nothing here decides anything
// about a host: that is the executor's.
package cli
