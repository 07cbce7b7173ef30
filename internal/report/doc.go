// Package report is what people and programs see of Quiesce: plans, runs,
// diagnostics and progress, as text, JSON and Markdown. It is the only package
// that knows of colours, columns and the width of a terminal.
//
// What it promises: nothing is cut so that it lies; a line that is too long
// goes on below itself. Names and evidence come from the machine that is
// looked at, so every control character in them is made visible. Colour says
// nothing that the text does not say too. JSON names its format and version
// and is complete where text folds.
package report
