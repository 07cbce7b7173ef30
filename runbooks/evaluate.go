package runbooks

import (
	"strings"

	"quiesce/internal/diag"
)

// Enabled tells whether the condition of a step holds; without one it does. Of
// a step with for-each it is asked for each value.
func (s *Step) Enabled(rb *Runbook, scope Scope) (bool, diag.List) {
	var diags diag.List
	if s.When == nil {
		return true, nil
	}
	c, err := rb.cache.condition(rb, s)
	if err != nil {
		diags.Errorf(s.When.Range, "condition", "", "%v", err)
		return false, diags
	}
	for _, f := range c.faults {
		diags.Errorf(s.When.Range, f.rule, f.hint, "%s", f.message)
	}
	if len(c.faults) > 0 {
		return false, diags
	}
	holds, wrong := c.evaluate(s, scope)
	if wrong != nil {
		diags.Errorf(s.When.Range, wrong.rule, wrong.hint, "%s", wrong.message)
	}
	return holds, diags
}

// evaluate leaves out what has no value, since the rest may decide.
func (c *condition) evaluate(s *Step, scope Scope) (bool, *fault) {
	known := map[string]any{}
	var missing *fault
	for _, n := range c.names {
		v, wrong := scope.find(n.path, s)
		if wrong != nil {
			missing = wrong
			continue
		}
		known[n.variable] = v
	}
	program, err := c.program()
	if err != nil {
		return false, faultf("condition", "", "the condition cannot be prepared: %v", err)
	}
	result, _, err := program.Eval(known)
	switch {
	case err != nil && missing != nil:
		return false, missing
	case err != nil && strings.Contains(err.Error(), "cost limit"):
		return false, faultf("condition", "simplify it", "the condition takes too much work")
	case err != nil:
		return false, faultf("condition", "", "the condition cannot be decided: %v", err)
	}
	holds, ok := result.Value().(bool)
	if !ok {
		return false, faultf("condition", "compare it with something: ==, !=, <, in", "the condition is %s, and must be true or false", celName(result.Type().TypeName()))
	}
	return holds, nil
}
