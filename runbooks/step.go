package runbooks

import "time"

const maxRetries = 1000

func stepKeys() []key[Step] {
	duration := Type{Kind: Duration}
	flag := Type{Kind: Bool}
	return []key[Step]{
		{name: "id", doc: "Name of the step in expressions, in needs and in the plan.", typ: text, pattern: namePattern.String(), read: (*parser).id},
		{name: "name", doc: "What the step does, for people.", typ: text,
			read: func(_ *parser, s *Step, _ Entry, v any) { s.Name = v.(string) }},
		{name: "action", doc: "What is done.", typ: Type{Kind: String, NonEmpty: true},
			read: func(_ *parser, s *Step, e Entry, v any) { s.Action, s.ActionRange = v.(string), e.Value.Range }},
		{name: "with", doc: "Parameters of the action.", raw: true, read: (*parser).with},
		{name: "needs", doc: "Ids of the steps that this one waits for. Without it that is the step above; [] is none.", raw: true, read: (*parser).needs},
		{name: "when", doc: "Condition (CEL) on which the step runs: host.os == \"linux\".", raw: true, read: (*parser).when},
		{name: "for-each", doc: "List, or a reference to one: the step runs once for each of its values.", raw: true,
			read: func(_ *parser, s *Step, e Entry, _ any) { s.ForEach = e.Value }},
		{name: "as", doc: "Name of the value at hand, of for-each.", typ: text, pattern: namePattern.String(),
			read: func(p *parser, s *Step, e Entry, v any) {
				if p.name(v.(string), e, "variable") {
					s.As = v.(string)
				}
			}},
		{name: "timeout", doc: "How long the step may take.", typ: duration,
			read: func(_ *parser, s *Step, _ Entry, v any) { s.Timeout = v.(time.Duration) }},
		{name: "retries", doc: "How often the step is tried again after a failure.", typ: Type{Kind: Int},
			read: func(p *parser, s *Step, e Entry, v any) { s.Retries = p.between(e, v.(int), 0, maxRetries) }},
		{name: "retry-delay", doc: "How long to wait before each further try.", typ: duration,
			read: func(_ *parser, s *Step, _ Entry, v any) { s.RetryDelay = v.(time.Duration) }},
		{name: "on-failure", doc: "What a failure of the step does to the run; continue goes on without it, and wants a reason.",
			typ:  Type{Kind: String, Enum: []string{string(Rollback), string(Stop), string(Continue)}},
			read: func(_ *parser, s *Step, _ Entry, v any) { s.OnFailure = OnFailure(v.(string)) }},
		{name: "reason", doc: "Why the run may continue after a failure.", typ: Type{Kind: String, NonEmpty: true},
			read: func(_ *parser, s *Step, _ Entry, v any) { s.Reason = v.(string) }},
		{name: "hold", doc: "The verification must stay true until the run ends: it is repeated before every step that changes something.", typ: flag,
			read: func(_ *parser, s *Step, _ Entry, v any) { s.Hold = v.(bool) }},
		{name: "irreversible", doc: "The step cannot be undone: a rollback stops here.", typ: flag,
			read: func(_ *parser, s *Step, _ Entry, v any) { s.Irreversible = v.(bool) }},
	}
}

// step reads one step; of a broken one it returns what could be read.
func (p *parser) step(v *Value, keys []key[Step]) *Step {
	s := &Step{Range: p.at(v.Range.Start.Line, v.Range.Start.Column, 0)}
	s.ActionRange = s.Range
	s.With = &Value{Kind: Mapping, Range: s.Range}
	readKeys(p, v, "a step", keys, stepHabits, s)
	if v.Kind != Mapping {
		return s
	}
	if v.Get("id") == nil {
		p.lacks(s.Range, "the step", "id", "write id: and a name of your choice")
	}
	if v.Get("action") == nil {
		p.lacks(s.Range, "the step", "action", "say what is done: quiesce schema lists the actions")
	}
	p.pairs(s, v)
	return s
}

// pairs checks keys that go together.
func (p *parser) pairs(s *Step, v *Value) {
	for i := range v.Entries {
		e := &v.Entries[i]
		switch {
		case e.Key == "on-failure" && s.OnFailure == Continue && v.Get("reason") == nil:
			p.diags.Errorf(e.Value.Range, "missing", "add reason: and why the run may go on", "on-failure: continue wants a reason")
		case e.Key == "reason" && s.OnFailure != Continue:
			p.diags.Warnf(e.KeyRange, "unused-key", "", "reason is of use only with on-failure: continue")
		case e.Key == "retry-delay" && s.Retries == 0 && v.Get("retries") == nil:
			p.diags.Warnf(e.KeyRange, "unused-key", "add retries", "retry-delay is of use only with retries")
		case e.Key == "for-each" && v.Get("as") == nil:
			p.diags.Errorf(e.KeyRange, "missing", "add as: item, and use ${{ item }}", "for-each wants as")
		case e.Key == "as" && s.ForEach == nil:
			p.diags.Errorf(e.KeyRange, "missing", "", "as is of use only with for-each")
		}
	}
}

func (p *parser) id(s *Step, e Entry, v any) {
	s.Range = e.Value.Range
	s.ID = v.(string)
	p.name(s.ID, e, "step")
}

func (p *parser) with(s *Step, e Entry, _ any) {
	switch v := e.Value; {
	case v.broken:
	case v.Kind == Mapping:
		s.With = v
	case v.Kind != Scalar || v.Literal != nil || v.parts != nil:
		p.diags.Errorf(v.Range, "type", "write with: {parameter: value}", "with must be a map of parameters, not %s", describe(v))
	}
}

func (p *parser) needs(s *Step, e Entry, _ any) {
	c := conformer{diags: &p.diags}
	s.NeedsGiven = true
	if c.value(e.Value, &Type{Kind: ListOf}, label{name: "needs"}) == nil {
		return
	}
	for _, item := range e.Value.Items {
		if id, ok := item.Literal.(string); ok && item.parts == nil {
			s.Needs = append(s.Needs, Need{id, item.Range})
		}
	}
}

func (p *parser) when(s *Step, e Entry, _ any) {
	v := e.Value
	switch {
	case v.broken:
	case v.Kind != Scalar || v.Literal == nil && v.parts == nil:
		p.diags.Errorf(v.Range, "type", `write when: host.os == "linux"`, "when wants a condition, not %s", describe(v))
	case v.parts != nil:
		p.diags.Errorf(v.Range, "reference-here", "leave out ${{ and }}", "a condition names inputs and steps directly")
	default:
		s.When = v
	}
}
