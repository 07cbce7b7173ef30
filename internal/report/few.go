package report

import "fmt"

// linesShown is how many lines of one list of failures are shown as text; JSON
// has all of them.
const linesShown = 20

// few cuts a long list of lines, and says how many more there are.
func few(lines []string) []string {
	rest := len(lines) - linesShown
	if rest <= 0 {
		return lines
	}
	more := fmt.Sprintf("and %s more (all of them: --format json)", grouped(int64(rest)))
	return append(lines[:linesShown:linesShown], more)
}
