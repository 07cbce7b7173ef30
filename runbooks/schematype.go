package runbooks

import "time"

// schemaOf is the schema of a value below with, where references may stand.
func schemaOf(t *Type) object {
	s := literalSchema(t)
	switch {
	case t.Kind == Object, t.Kind == StepRef, t.Kind == OneOf, t.isText():
		return s
	case t.Kind == Duration, t.Kind == String, t.Kind == Int:
		return object{"anyOf": []any{s, object{"type": "string", "pattern": `\$\{\{`}}}
	}
	return object{"anyOf": []any{s, object{"$ref": "#/$defs/reference"}}}
}

// isText tells whether any text is a value, references included.
func (t *Type) isText() bool {
	return t.Kind == Path || t.Kind == String && len(t.Enum) == 0
}

// literalSchema is the schema of a value; in lists and maps references may
// stand.
func literalSchema(t *Type) object {
	switch t.Kind {
	case Int:
		return object{"type": "integer"}
	case Bool:
		return object{"type": "boolean"}
	case Duration:
		return object{"type": "string", "pattern": durationPattern}
	case ListOf:
		s := object{"type": "array", "items": schemaOf(t.elem())}
		if t.NonEmpty {
			s["minItems"] = 1
		}
		return s
	case MapOf:
		return object{"type": "object", "additionalProperties": schemaOf(t.elem())}
	case Object:
		return objectSchema(t)
	case OneOf:
		var any []object
		for i := range t.OneOf {
			any = append(any, schemaOf(&t.OneOf[i]))
		}
		return object{"anyOf": any}
	case anyKind:
		return object{}
	}
	return textSchema(t)
}

func textSchema(t *Type) object {
	s := object{"type": "string"}
	switch {
	case len(t.Enum) > 0:
		s["enum"] = t.Enum
	case t.NonEmpty:
		s["minLength"] = 1
	case t.Kind == StepRef:
		s["pattern"] = namePattern.String()
	}
	return s
}

func objectSchema(t *Type) object {
	properties := object{}
	var required []string
	for i := range t.Fields {
		f := &t.Fields[i]
		s := schemaOf(&f.Type)
		s["description"] = f.Doc
		if f.Default != nil {
			s["default"] = schemaValue(f.Default)
		}
		properties[f.Name] = s
		if f.Required {
			required = append(required, f.Name)
		}
	}
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		s["required"] = required
	}
	if len(t.ExactlyOne) > 0 {
		s["oneOf"] = given(t.ExactlyOne)
	}
	if len(t.AtLeastOne) > 0 {
		s["anyOf"] = given(t.AtLeastOne)
	}
	return s
}

// given lists the objects that have one of the names.
func given(names []string) []any {
	var out []any
	for _, name := range names {
		out = append(out, object{"required": []string{name}})
	}
	return out
}

// schemaValue returns a default as JSON shows it.
func schemaValue(v any) any {
	if d, ok := v.(time.Duration); ok {
		return format(d)
	}
	return v
}
