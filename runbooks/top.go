package runbooks

// defaultParallel is how many steps run at a time if the runbook does not say.
const defaultParallel = 4

const maxParallel = 1000

func topKeys() []key[Runbook] {
	return []key[Runbook]{
		{name: "version", doc: "Version of the language: 1.", typ: Type{Kind: Int}, read: (*parser).version},
		{name: "name", doc: "What the runbook does, in a few words.", typ: Type{Kind: String, NonEmpty: true},
			read: func(_ *parser, rb *Runbook, _ Entry, v any) { rb.Name = v.(string) }},
		{name: "description", doc: "What a reader should know besides.", typ: text,
			read: func(_ *parser, rb *Runbook, _ Entry, v any) { rb.Description = v.(string) }},
		{name: "inputs", doc: "Values that the runbook is given when it is planned, by name.", raw: true, read: (*parser).inputs},
		{name: "max-parallel", doc: "How many steps run at a time; 4 if it is not given.", typ: Type{Kind: Int},
			read: func(p *parser, rb *Runbook, e Entry, v any) { rb.MaxParallel = p.between(e, v.(int), 1, maxParallel) }},
		{name: "on-failure", doc: "What a failed step does to the run: undo it (rollback, the default), or leave it as it is (stop).",
			typ:  Type{Kind: String, Enum: []string{string(Rollback), string(Stop)}},
			read: func(_ *parser, rb *Runbook, _ Entry, v any) { rb.OnFailure = OnFailure(v.(string)) }},
		{name: "steps", doc: "What is done. A step without needs comes after the one above it.", raw: true, read: (*parser).steps},
	}
}

// runbook reads the top of the document.
func (p *parser) runbook(v *Value) {
	if v.Kind != Mapping {
		p.diags.Errorf(v.Range, "type", "begin with version: 1", "a runbook is a map of keys and values, not %s", describe(v))
		return
	}
	readKeys(p, v, "the runbook", topKeys(), topHabits, p.rb)
	start := p.at(v.Range.Start.Line, v.Range.Start.Column, 0)
	if v.Get("version") == nil {
		p.lacks(start, "the runbook", "version", "begin with version: 1")
	}
	if v.Get("name") == nil {
		p.lacks(start, "the runbook", "name", "say in a few words what it does")
	}
	if v.Get("steps") == nil {
		p.lacks(start, "the runbook", "steps", "write steps: and at least one action below")
	}
}

func (p *parser) version(_ *Runbook, e Entry, v any) {
	if v.(int) != 1 {
		p.diags.Errorf(e.Value.Range, "version", "this program reads version 1", "version %d of the language is not known", v)
	}
}

func (p *parser) inputs(rb *Runbook, e Entry, _ any) {
	if e.Value.broken || e.Value.Kind == Scalar && e.Value.Literal == nil {
		return
	}
	if e.Value.Kind != Mapping {
		p.diags.Errorf(e.Value.Range, "type", "write name: {type: string}", "inputs must be a map of names, not %s", describe(e.Value))
		return
	}
	keys := inputKeys()
	for _, entry := range e.Value.Entries {
		rb.Inputs = append(rb.Inputs, p.input(entry, keys))
	}
}

func (p *parser) steps(rb *Runbook, e Entry, _ any) {
	items := e.Value.Items
	switch {
	case e.Value.broken:
		return
	case e.Value.Kind == Mapping:
		p.diags.Errorf(e.Value.Range, "type", "write each step as - id: name", "steps must be a list, not a map")
		return
	case e.Value.Kind == Scalar && e.Value.Literal != nil:
		p.diags.Errorf(e.Value.Range, "type", "write each step as - id: name", "steps must be a list, not %s", describe(e.Value))
		return
	case len(items) == 0:
		p.diags.Errorf(e.KeyRange, "empty", "write at least one", "there are no steps")
		return
	case len(items) > p.limits.Steps:
		p.diags.Errorf(items[p.limits.Steps].Range, "too-many-steps", "", "there are %d steps, and %d are allowed", len(items), p.limits.Steps)
		items = items[:p.limits.Steps]
	}
	rb.Steps = make([]*Step, 0, len(items))
	keys := stepKeys()
	for _, item := range items {
		rb.Steps = append(rb.Steps, p.step(item, keys))
	}
}
