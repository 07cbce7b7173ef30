package runbooks

import "quiesce/internal/diag"

// Params are the parameters of one step, resolved: every reference replaced,
// every value of the type that the action asks for, defaults filled in.
type Params struct {
	Values map[string]any
	Places map[string]diag.Range // of the parameters that stand in the document
	Step   diag.Range
}

// At returns the place of a parameter, or of the step.
func (p Params) At(name string) diag.Range {
	if at, ok := p.Places[name]; ok {
		return at
	}
	return p.Step
}
