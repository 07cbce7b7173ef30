// Package overlay simulates a host: what is read falls through to the host
// below it, every change stays in the overlay, and nothing is ever written to
// the base. A plan is made by changing an overlay with the very code that later
// changes the host.
//
// Files are a tree of nodes by absolute path. A node that comes from the base
// keeps its place there (a redirect), so that renaming a directory of any size,
// changing a mode or importing a file copies no data; a removed name is a
// whiteout, and a directory made in its place is opaque. One overlay has one
// world: directories that are opened separately and overlap see the same
// changes. Modes are kept, not enforced; hard links of the base are treated as
// separate files, and default ACLs are not handed down. A directory that is
// opened first by the name of a symbolic link above it, and later by its own
// name, is one directory only if both were bound directly.
//
// Services, processes, connections and monitors are read from the base when
// first asked for, and obey the rules of their contracts: a process that ends
// takes its connections, its open files and its watching with it. Commands and
// the network are opaque and answer errors.ErrUnsupported. The clock is virtual:
// it begins at the base's time and moves when somebody sleeps.
package overlay
