// Package hosttest is the suite that every host passes, drivers and decorators
// alike. Each sentence of the comments in package host is a subtest. What a
// driver lacks it says as data, and is then tested to answer
// errors.ErrUnsupported, which reads as "cannot tell".
package hosttest
