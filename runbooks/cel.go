package runbooks

import (
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
)

var startOfText = common.NewLocation(1, 0)

// celType returns the type that a condition sees.
func celType(t Type) *cel.Type {
	switch t.Kind {
	case String, Path, StepRef:
		return cel.StringType
	case Int:
		return cel.IntType
	case Bool:
		return cel.BoolType
	case Duration:
		return cel.DurationType
	case ListOf:
		return cel.ListType(celType(*t.elem()))
	case MapOf:
		return cel.MapType(cel.StringType, celType(*t.elem()))
	case Object:
		return cel.MapType(cel.StringType, cel.DynType)
	}
	return cel.DynType
}

// pathOf returns the names of a.b.c, if that is what the expression is.
func pathOf(e ast.Expr) ([]string, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return []string{e.AsIdent()}, true
	case ast.SelectKind:
		path, ok := pathOf(e.AsSelect().Operand())
		return append(path, e.AsSelect().FieldName()), ok
	}
	return nil, false
}

func rootOf(e ast.Expr) ast.Expr {
	for e.Kind() == ast.SelectKind {
		e = e.AsSelect().Operand()
	}
	return e
}

// children returns the direct parts of an expression; of a comprehension only
// what it iterates over, since the rest sees more names.
func children(e ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.SelectKind:
		return []ast.Expr{e.AsSelect().Operand()}
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			return append([]ast.Expr{call.Target()}, call.Args()...)
		}
		return call.Args()
	case ast.ListKind:
		return e.AsList().Elements()
	case ast.MapKind:
		var out []ast.Expr
		for _, entry := range e.AsMap().Entries() {
			out = append(out, entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
		}
		return out
	case ast.StructKind:
		var out []ast.Expr
		for _, field := range e.AsStruct().Fields() {
			out = append(out, field.AsStructField().Value())
		}
		return out
	case ast.ComprehensionKind:
		return []ast.Expr{e.AsComprehension().IterRange()}
	}
	return nil
}

// complain takes over what CEL says, in words of ours where it is terse.
func (c *condition) complain(errors []*common.Error) {
	for _, e := range errors {
		message, hint := celAdvice(e.Message)
		c.faults = append(c.faults, conditionFault{fault{"condition", message, hint}, e.Location})
	}
}

var (
	noOverload = regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(?:.*\.)?\((.*)\)'$`)
	undeclared = regexp.MustCompile(`^undeclared reference to '(.*?)'`)
)

func celAdvice(message string) (advice, hint string) {
	if m := noOverload.FindStringSubmatch(message); m != nil {
		return strings.Trim(m[1], "_") + " does not go with " + celName(strings.ReplaceAll(m[2], ", ", " and ")), ""
	}
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return "there is no function " + m[1], "see the CEL language: size, matches, contains, startsWith, exists, all, filter"
	}
	if rest, ok := strings.CutPrefix(message, "Syntax error: "); ok {
		rest, _, _ = strings.Cut(rest, " expecting")
		rest = strings.NewReplacer("mismatched input '<EOF>'", "it ends too early", "mismatched input", "unexpected", "extraneous input", "unexpected",
			"no viable alternative at input", "unexpected", "token recognition error at:", "unexpected").Replace(rest)
		return "the condition is not CEL: " + strings.TrimSpace(rest), "write == for equal, && for and, || for or, ! for not, and text in quotes"
	}
	return message, ""
}

var (
	celList = regexp.MustCompile(`list\(([a-z ]*)\)`)
	celMap  = regexp.MustCompile(`map\([^()]*\)`)
	celWord = strings.NewReplacer("google.protobuf.Duration", "a duration", "string", "text", "int", "a whole number", "bool", "true or false", "dyn", "any value")
)

// celName returns our words for the names of CEL's types.
func celName(types string) string {
	types = celMap.ReplaceAllString(types, "a map")
	types = celList.ReplaceAllString(types, "a list")
	return celWord.Replace(types)
}
