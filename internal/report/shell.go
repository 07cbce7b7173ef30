package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// ShellWord quotes a path where a shell would take it for something else. One
// with characters that cannot be seen is written so that they can be, and
// copied: $'...' of POSIX, each byte as three octal digits.
func ShellWord(path string) string {
	switch {
	case plainWord.MatchString(path):
		return path
	case !strings.ContainsFunc(path, hidden):
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for i, r := range path {
		_, size := utf8.DecodeRuneInString(path[i:])
		switch {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case hidden(r):
			for _, octet := range []byte(path[i : i+size]) {
				fmt.Fprintf(&b, `\%03o`, octet)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + "'"
}
