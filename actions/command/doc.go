// Package command is the family of the verb run-command.
//
// What a program changes is not known, so its change is opaque: the plan says
// what runs and how it is taken back, and nothing simulates it. Whether it ran
// is known from the memo alone. One that was started and not seen to end is a
// conflict: nobody knows how far it came.
//
// Secrets stand in a change as references. They are replaced when the program
// starts, and removed from everything that is told of it afterwards.
package command
