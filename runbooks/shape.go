package runbooks

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// shape is a condition whose references to steps are replaced by variables of
// our own. A runbook of ten thousand steps has thousands of conditions, but few
// shapes, and compiling one takes as long as reading three steps.
type shape struct {
	text  string // with variables
	key   string // equal for conditions that compile to the same
	names []conditionName
}

const placeholder = "__step"

// shapeOf returns the shape of the condition of a step. Where the text is not
// plain enough to be sure, it is its own shape.
func (l *lookup) shapeOf(s *Step) shape {
	text := s.When.Text
	out := shape{text: text, key: text}
	if s.As != "" {
		out.key += "\x00" + s.As + celType(l.each(s)).String()
	}
	if !strings.Contains(text, "steps.") || unusual(text) {
		return out
	}
	var b, types strings.Builder
	at := 0
	for at < len(text) {
		end := tokenEnd(text, at)
		path := strings.SplitN(text[at:end], ".", 5)
		if found, ok := l.stepOutput(path, s); ok {
			name := fmt.Sprintf("%s%d", placeholder, len(out.names))
			out.names = append(out.names, conditionName{path: path[:4], variable: name, typ: found.typ, step: found.step, line: 1, column: utf8.RuneCountInString(text[:at])})
			types.WriteString("\x00" + celType(found.typ).String())
			b.WriteString(name + strings.TrimPrefix(text[at:end], strings.Join(path[:4], ".")))
		} else if path[0] == "steps" {
			return out // a name of a macro, or a mistake
		} else {
			b.WriteString(text[at:end])
		}
		at = end
	}
	out.text, out.key = b.String(), out.key[len(text):]+b.String()+types.String()
	return out
}

// unusual tells whether a text holds what this file does not read as CEL does.
func unusual(text string) bool {
	for _, odd := range []string{"\\", "\n", ". ", " .", `"""`, "'''", "//", placeholder} {
		if strings.Contains(text, odd) {
			return true
		}
	}
	return false
}

func (l *lookup) stepOutput(path []string, s *Step) (named, bool) {
	if path[0] != "steps" || len(path) < 4 {
		return named{}, false
	}
	found, wrong := l.find(path[:4], s)
	return found, wrong == nil
}

// tokenEnd returns where a token ends: names with dots in between, a quoted
// text, or one other character.
func tokenEnd(text string, at int) int {
	if c := text[at]; c == '"' || c == '\'' {
		if n := strings.IndexByte(text[at+1:], c); n >= 0 {
			return at + n + 2
		}
		return len(text)
	}
	end := at
	for end < len(text) && (text[end] == '.' || text[end] == '_' || text[end]|0x20 >= 'a' && text[end]|0x20 <= 'z' || text[end] >= '0' && text[end] <= '9') {
		end++
	}
	return max(end, at+1)
}
