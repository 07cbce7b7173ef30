// Package runs is the state directory: one folder for each run, with its plan
// and its journal, and the lock that lets one run at a time have a host.
//
// A run's folder appears whole or not at all: it is made under another name
// and renamed when its plan and the first record of its journal are durable.
// Folders are 0700 and files 0600. The lock is the operating system's, so that
// it ends with its process, however that ends; the file beside it only says
// who holds it.
package runs
