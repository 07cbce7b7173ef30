// Package memory is a host described in YAML and held in memory: files with
// versions and open handles, services, processes, connections, monitors, and
// scripted behaviour, such as a service that hangs or a peer that comes back.
//
// It is host/overlay on a read-only fixture, so that a rehearsal and a plan run
// one and the same code. Its clock is virtual: it begins where the description
// says and moves when somebody sleeps. The format is told in docs/hosts.md.
package memory
