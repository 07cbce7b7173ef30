// Package record passes everything on to a host and logs each effect: every
// call, on any facet, that could change something, whether or not it succeeds.
// That a plan writes nothing is thereby a test. Reading, waiting and making
// durable are no effects.
package record
