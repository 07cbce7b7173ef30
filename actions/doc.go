// Package actions is the contract of the verbs of the language and of the
// changes that they come to.
//
// An Action plans: it looks at a host, which may be a simulated one, and
// returns changes, outputs and findings; it changes nothing. A Change is data:
// it stands in the plan, and the plan is all that apply obeys. An Operator
// carries out the changes of some kinds: it inspects, applies and undoes them,
// on a real host or on an overlay with the very same code.
//
// The undo of a change is known before it is made: it stands in the change, or
// in the memo that its operator saves before the first mutation.
package actions
