// Package fileversion reads the version that a file carries in itself, and
// compares two of them.
//
// It knows one scheme, "pe": the version resource of Windows programs and
// libraries. What counts is the fixed number, as the system compares it, and
// never the free text that stands beside it.
//
// Files are not trusted. A read touches only bytes inside the stated size,
// descends exactly three levels, looks at a bounded number of entries and
// returns in bounded time and memory whatever the file says. A file that does
// not say clearly which version it has, has none: there are no guesses.
package fileversion
