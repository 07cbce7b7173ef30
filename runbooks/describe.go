package runbooks

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// String says in words what a value of the type looks like.
func (t Type) String() string {
	switch t.Kind {
	case String:
		if len(t.Enum) > 0 {
			return "one of " + strings.Join(t.Enum, ", ")
		}
		return "text"
	case Int:
		return "a whole number"
	case Bool:
		return "true or false"
	case Duration:
		return "a duration such as 30s"
	case Path:
		return "a path"
	case StepRef:
		return "the id of a step"
	case ListOf:
		return "a list"
	case MapOf, Object:
		return "a map of keys and values"
	case OneOf:
		return describeAll(t.OneOf)
	}
	return "any value"
}

func describeAll(types []Type) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = t.String()
	}
	return strings.Join(words, ", or ")
}

// describe says in words what stands there instead.
func describe(v *Value) string {
	switch v.Kind {
	case Sequence:
		return "a list"
	case Mapping:
		return "a map"
	}
	switch x := v.Literal.(type) {
	case nil:
		return "nothing"
	case string:
		return "the text " + quote(x)
	case bool:
		return v.Text
	}
	return "the number " + v.Text
}

// quote quotes a text, shortened.
func quote(text string) string {
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40]) + "…"
	}
	return strconv.Quote(text)
}

// format writes a resolved value as it stands inside a text: a duration as
// 1h30m, and not as 1h30m0s.
func format(v any) string {
	d, ok := v.(time.Duration)
	if !ok {
		return fmt.Sprint(v)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
