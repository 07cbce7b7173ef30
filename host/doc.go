// Package host is the contract of the machine that is changed: its facts,
// files, services, processes, connections, monitors, commands, network and
// clock. Each facet is a small interface; the comment of each method is a list
// of obligations, and package hosttest tests every one of them on every driver
// and decorator.
//
// A driver fills the facets it has. What it lacks answers with an error that
// wraps errors.ErrUnsupported, which callers read as "cannot tell", never as
// "nothing there".
package host
