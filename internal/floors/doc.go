// Package floors states which package of this module may import which, and its
// tests execute the rule on what go list tells of the module, for every
// operating system that Quiesce is built for.
//
// The house has floors. A package imports packages of lower floors only, never
// one of its own floor, so that each can be read, tested and replaced with
// nothing but what lies below it. Runbooks say, actions plan, hosts are
// changed, the executor orders, fixtures prove. A package that stands on no
// floor is a failure: whoever adds one says where it belongs.
//
// Tests may import anything, except that they must not make a cycle.
package floors
