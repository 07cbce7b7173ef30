package runbooks

import "regexp"

// Names of inputs, steps and loop variables stand in expressions, where these
// words mean something else.
var reserved = map[string]bool{"true": true, "false": true, "null": true, "in": true}

// celReserved are words that CEL keeps for itself, so that no variable of
// for-each can have them.
var celReserved = map[string]bool{
	"as": true, "break": true, "const": true, "continue": true, "else": true, "for": true, "function": true, "if": true,
	"import": true, "let": true, "loop": true, "package": true, "namespace": true, "return": true, "var": true, "void": true, "while": true,
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// name checks the name of an input, a step or a loop variable.
func (p *parser) name(name string, e Entry, what string) bool {
	at := e.Value.Range
	if what == "input" {
		at = e.KeyRange
	}
	switch {
	case reserved[name]:
		p.diags.Errorf(at, "name", "choose another name", "%s means something else in expressions", name)
	case what == "variable" && (name == "inputs" || name == "steps" || name == "host" || celReserved[name]):
		p.diags.Errorf(at, "name", "choose another name, such as item", "%s means something else in expressions", name)
	case !isName(name):
		p.diags.Errorf(at, "name", "use lower-case letters, digits and _, a letter first: "+nameLike(name), "%s cannot be the name of %s", quote(name), article(what))
	default:
		return true
	}
	return false
}

// isName is namePattern, quickly.
func isName(name string) bool {
	for i, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != ""
}

// nameLike turns a text into a name that may stand for it.
func nameLike(text string) string {
	out := []byte(kebab(text))
	for i, c := range out {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			out[i] = '_'
		}
	}
	if len(out) == 0 || out[0] < 'a' || out[0] > 'z' || len(out) > 40 {
		return "step_1"
	}
	return string(out)
}

func article(noun string) string {
	if noun == "input" {
		return "an input"
	}
	return "a " + noun
}
