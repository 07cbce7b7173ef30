// Package check is the family of the verbs that verify and change nothing: check,
// which asks the host until the answer is right, and confirm, which asks a person.
//
// Both answer when they are applied and not before: a service that is to be
// started later cannot be asked while a plan is made. What was verified once and
// no longer holds is a conflict.
package check
