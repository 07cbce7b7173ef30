package runbooks

import (
	"fmt"
	"regexp"
)

// inputTypes are the types an input may have, by the word that says so.
var inputTypes = []string{"string", "int", "bool", "path", "duration", "list"}

// draft is an input while its keys are read, in whatever order they stand.
type draft struct {
	*Input
	fallback *Value // the default
	enum     *Value
	pattern  *Value
	secret   Entry
	required Entry
}

func inputKeys() []key[draft] {
	return []key[draft]{
		{name: "type", doc: "Type of the value; string if it is not given.", typ: Type{Kind: String, Enum: inputTypes},
			read: func(_ *parser, in *draft, _ Entry, v any) { in.Type.Kind = Kind(v.(string)) }},
		{name: "default", doc: "Value if none is given. Without a default it is empty, 0, false or [].", raw: true,
			read: func(_ *parser, in *draft, e Entry, _ any) { in.fallback = e.Value }},
		{name: "required", doc: "A value must be given.", typ: Type{Kind: Bool},
			read: func(_ *parser, in *draft, e Entry, v any) { in.Required, in.required = v.(bool), e }},
		{name: "enum", doc: "The values that are allowed.", raw: true,
			read: func(_ *parser, in *draft, e Entry, _ any) { in.enum = e.Value }},
		{name: "pattern", doc: "Regular expression (RE2) that all of the text must match.", typ: Type{Kind: String, NonEmpty: true},
			read: func(_ *parser, in *draft, e Entry, v any) { in.Pattern, in.pattern = v.(string), e.Value }},
		{name: "secret", doc: "The value is written nowhere; it may stand only in parameters that take secrets.", typ: Type{Kind: Bool},
			read: func(_ *parser, in *draft, e Entry, v any) { in.Secret, in.secret = v.(bool), e }},
		{name: "description", doc: "What the value is for.", typ: text,
			read: func(_ *parser, in *draft, _ Entry, v any) { in.Description = v.(string) }},
	}
}

func (p *parser) input(e Entry, keys []key[draft]) *Input {
	in := &draft{Input: &Input{Name: e.Key, Type: Type{Kind: String}, Range: e.KeyRange}}
	p.name(e.Key, e, "input")
	switch {
	case e.Value.broken, e.Value.Kind == Scalar && e.Value.Literal == nil: // all defaults
	case e.Value.Kind != Mapping:
		p.diags.Errorf(e.Value.Range, "type", fmt.Sprintf("write %s: {type: string}", e.Key), "input %s must be a map of keys, not %s", e.Key, describe(e.Value))
	default:
		readKeys(p, e.Value, "input "+e.Key, keys, inputHabits, in)
		p.values(in)
		p.secrecy(in)
	}
	return in.Input
}

// values reads what depends on the type.
func (p *parser) values(in *draft) {
	if in.pattern != nil {
		p.pattern(in)
	}
	if in.enum != nil {
		p.enum(in)
	}
	if in.fallback != nil {
		c := conformer{diags: &p.diags}
		in.Default = c.value(in.fallback, &in.Type, label{name: "default"})
		if in.Default != nil {
			if wrong := in.refuses(in.Default); wrong != "" {
				p.diags.Errorf(in.fallback.Range, "default", "", "the default %s", wrong)
			}
		}
	}
}

func (p *parser) pattern(in *draft) {
	if in.Type.Kind != String && in.Type.Kind != Path {
		p.diags.Errorf(in.pattern.Range, "pattern", "", "a pattern judges text, and the input is %s", in.Type)
		in.Pattern = ""
	} else if _, err := compile(in.Pattern); err != nil {
		p.diags.Errorf(in.pattern.Range, "pattern", "use the syntax of RE2; single quotes keep a \\ as it is", "%v", err)
		in.Pattern = ""
	}
}

// compile makes a pattern match all of a text or nothing.
func compile(pattern string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile(`^(?:` + pattern + `)$`)
}

func (p *parser) enum(in *draft) {
	switch in.Type.Kind {
	case Bool, ListOf:
		p.diags.Errorf(in.enum.Range, "enum", "", "an enum is for text, numbers and durations, and the input is %s", in.Type)
		return
	}
	c := conformer{diags: &p.diags}
	values, _ := c.value(in.enum, &Type{Kind: ListOf, Elem: &in.Type, NonEmpty: true}, label{name: "enum"}).([]any)
	for _, v := range values {
		if v != nil {
			in.Enum = append(in.Enum, v)
		}
	}
	if in.fallback == nil && !in.Required {
		p.diags.Errorf(in.enum.Range, "missing", "or required: true", "an input with an enum wants a default")
	}
}

func (p *parser) secrecy(in *draft) {
	switch {
	case in.Required && in.fallback != nil:
		p.diags.Warnf(in.required.KeyRange, "unused-key", "leave out required or default", "the default of a required input is never used")
	case in.Secret && in.Type.Kind != String:
		p.diags.Errorf(in.secret.KeyRange, "secret", "write type: string", "a secret must be text, and the input is %s", in.Type)
	case in.Secret && (in.fallback != nil || in.enum != nil):
		p.diags.Errorf(in.secret.KeyRange, "secret", "leave out default and enum", "what stands in the runbook is no secret")
		in.Default, in.Enum = nil, nil
	}
}
