package actions

import (
	"errors"
	"fmt"
)

// Unknown wraps the error by which something could not be learned, so that it
// reads as "cannot tell" and never as "no". It wraps err.
func Unknown(what string, err error) error { return fmt.Errorf("cannot tell %s: %w", what, err) }

// CannotTell turns an error that wraps errors.ErrUnsupported into a finding
// about a parameter, and tells whether it was one. What says what could not be
// learned: "which services run".
func (p *Proposal) CannotTell(param, what string, err error) bool {
	if !errors.Is(err, errors.ErrUnsupported) {
		return false
	}
	p.Refuse(param, "cannot-tell", "quiesce cannot look at this on this kind of host yet", "%v", Unknown(what, err))
	return true
}
