package runbooks

import (
	"strings"

	"quiesce/internal/diag"
)

// part is a piece of a text in which references stand.
type part struct {
	text   string   // what stands there, if it is no reference
	path   []string // of a reference: its names, such as inputs and pack
	offset int      // of a reference: where it begins in the text, in bytes
}

func (p part) name() string { return strings.Join(p.path, ".") }

const opening, escaped, closing = "${{", "$${{", "}}"

// splitReferences parts a text at its references; $${{ stands for a literal
// ${{. The complaint, if there is one, is about the bytes from at on.
func splitReferences(text string) (parts []part, at int, complaint string) {
	for rest := text; rest != ""; {
		i := strings.Index(rest, opening)
		if i < 0 {
			return append(parts, part{text: rest}), 0, ""
		}
		if i > 0 && rest[i-1] == '$' {
			parts = append(parts, part{text: rest[:i-1] + opening})
			rest = rest[i+len(opening):]
			continue
		}
		if i > 0 {
			parts = append(parts, part{text: rest[:i]})
		}
		at = len(text) - len(rest) + i
		inner, after, ok := strings.Cut(rest[i+len(opening):], closing)
		if !ok {
			return nil, at, "the reference has no end"
		}
		path, ok := splitPath(strings.TrimSpace(inner))
		if !ok {
			return nil, at, "only a reference may stand between ${{ and }}"
		}
		parts = append(parts, part{path: path, offset: at})
		rest = after
	}
	return parts, 0, ""
}

// splitPath parts inputs.pack into its names.
func splitPath(text string) ([]string, bool) {
	path := strings.Split(text, ".")
	for _, name := range path {
		if !isWord(name) {
			return nil, false
		}
	}
	return path, true
}

// isWord tells whether a name may stand in a reference: a letter or underscore,
// then also digits and dashes.
func isWord(name string) bool {
	for i, c := range []byte(name) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != ""
}

// references reads the references in the text of a scalar.
func (d *document) references(v *Value) {
	parts, at, complaint := splitReferences(v.Text)
	if complaint != "" {
		hint := "write ${{ inputs.name }}, ${{ steps.id.outputs.name }} or ${{ host.os }}; $${{ is a literal ${{"
		d.diags.Errorf(d.inside(v, at, len(opening)), "reference-syntax", hint, "%s", complaint)
		v.broken = true
		return
	}
	v.parts = parts
}

// whole returns the reference that a scalar is, if it is one and nothing else.
func (v *Value) whole() (part, bool) {
	if len(v.parts) == 1 && v.parts[0].path != nil {
		return v.parts[0], true
	}
	return part{}, false
}

// inside returns the place of some bytes of a scalar's text: exact where the
// text stands on one line as it is, else that of the scalar.
func (s *source) inside(v *Value, offset, width int) diag.Range {
	line := s.from(v.Range.Start.Line, v.Range.Start.Column)
	lead := 0
	if len(line) > 0 && (line[0] == '"' || line[0] == '\'') {
		lead, line = 1, line[1:]
	}
	if offset > len(v.Text) || len(line) < len(v.Text) || string(line[:len(v.Text)]) != v.Text {
		return v.Range
	}
	width = s.columns(line[offset:min(offset+width, len(v.Text))])
	return s.at(v.Range.Start.Line, v.Range.Start.Column+lead+s.columns(line[:offset]), max(width, 1))
}

// inText returns the place of a line (from 1) and column (from 0, in
// characters) of a scalar's text: exact in a text on one line and in a literal
// block, else that of the scalar.
func (s *source) inText(v *Value, line, column int) diag.Range {
	lines := strings.SplitAfter(v.Text, "\n")
	if line < 1 || line > len(lines) || column < 0 {
		return v.Range
	}
	runes := []rune(lines[line-1])
	before := string(runes[:min(column, len(runes))])
	if len(lines) == 1 {
		return s.inside(v, len(before), 1)
	}
	row := v.Range.Start.Line + line
	text := strings.TrimRight(lines[line-1], "\n")
	indent := strings.Index(string(s.line(row)), text)
	if first := s.from(v.Range.Start.Line, v.Range.Start.Column); len(first) == 0 || first[0] != '|' || indent < 0 {
		return v.Range
	}
	return s.at(row, indent+column+1, 1)
}
