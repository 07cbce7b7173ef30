// Package actiontest is the suite that every family of verbs runs. A family
// brings cases: a host in words and a step; the suite plans and carries the step
// out on hosts in memory and demands what package actions promises:
//
//   - planning writes nothing, and the same plan comes twice;
//   - the host becomes what its simulation became;
//   - Apply twice is Apply once, Undo twice is Undo once;
//   - Undo restores the host exactly, after a whole Apply, after one that ended
//     at any operation of the host or of the memo, and after one whose context
//     ended; and Apply can follow it;
//   - Inspect never shows a conflict on the way, shows done after Apply, and not
//     done before it and after Undo;
//   - what lacks a facet of the host says that it cannot tell.
//
// What a step cannot restore, such as the connections of clients, a case names.
package actiontest
