package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"quiesce/actions"
)

// maxTexts bounds the texts that are looked for again.
const maxTexts = 1 << 12

// decoder reads a plan, a change at a time.
type decoder struct {
	json  *json.Decoder
	texts map[string]string
}

// decode reads one document and nothing behind it.
func decode(r io.Reader) (*Plan, error) {
	d := &decoder{json: json.NewDecoder(r), texts: map[string]string{}}
	d.json.DisallowUnknownFields()
	p := &Plan{}
	if err := d.plan(p); err != nil {
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read plan: not JSON, or not all of it: %w", err)
		}
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if _, err := d.json.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read plan: there is something behind it")
	}
	return p, nil
}

func (d *decoder) plan(p *Plan) error {
	fields := map[string]any{
		"format": (*knownFormat)(&p.Format), "digest": &p.Digest, "tool": &p.Tool, "runbook": &p.Runbook, "inputs": &p.Inputs, "host": &p.Host,
		"summary": &p.Summary, "max-parallel": &p.MaxParallel, "on-failure": &p.OnFailure, "space": &p.Space, "notes": &p.Notes,
	}
	return d.object(fields, "steps", func() error {
		s := &Step{}
		p.Steps = append(p.Steps, s)
		return d.step(s)
	})
}

func (d *decoder) step(s *Step) error {
	fields := map[string]any{
		"id": &s.ID, "name": &s.Name, "action": &s.Action, "needs": &s.Needs, "skipped": &s.Skipped, "hold": &s.Hold, "irreversible": &s.Irreversible,
		"on-failure": &s.OnFailure, "reason": &s.Reason, "timeout": &s.Timeout, "retries": &s.Retries, "retry-delay": &s.RetryDelay, "source": &s.Source,
	}
	s.Changes = []actions.Change{}
	return d.object(fields, "changes", func() error {
		s.Changes = append(s.Changes, actions.Change{})
		c := &s.Changes[len(s.Changes)-1]
		if err := d.json.Decode(c); err != nil {
			return err
		}
		d.share(c)
		return nil
	})
}

// object reads an object of known fields, each at most once, and of one list.
func (d *decoder) object(fields map[string]any, list string, each func() error) error {
	if err := d.delimiter('{'); err != nil {
		return err
	}
	for d.json.More() {
		key, err := d.json.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		field, ok := fields[name]
		switch {
		case name == list && each != nil:
			err = d.list(each)
			each = nil
		case !ok:
			err = fmt.Errorf("unknown field %q, or one that is there twice", name)
		default:
			delete(fields, name)
			err = d.json.Decode(field)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return d.delimiter('}')
}

func (d *decoder) list(each func() error) error {
	if err := d.delimiter('['); err != nil {
		return err
	}
	for d.json.More() {
		if err := each(); err != nil {
			return err
		}
	}
	return d.delimiter(']')
}

func (d *decoder) delimiter(want json.Delim) error {
	got, err := d.json.Token()
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("there is %v in place of %v", got, want)
	}
	return nil
}

// share lets texts that many changes have in common be one.
func (d *decoder) share(c *actions.Change) {
	for _, s := range []*string{&c.Kind, (*string)(&c.Fidelity), &c.Rule, &c.Reason, &c.Undo} {
		d.one(s)
	}
	for _, f := range []*actions.Facts{c.Old, c.New} {
		if f != nil {
			d.one(&f.Mode)
			d.one(&f.Owner)
			d.one(&f.Scheme)
		}
	}
}

func (d *decoder) one(s *string) {
	if known, ok := d.texts[*s]; ok {
		*s = known
	} else if len(d.texts) < maxTexts {
		d.texts[*s] = *s
	}
}

// knownFormat is refused at once if it is not the one that this program reads.
type knownFormat string

func (f *knownFormat) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, (*string)(f)); err != nil {
		return err
	}
	if *f != Format {
		return fmt.Errorf("%q, and this program reads %s", string(*f), Format)
	}
	return nil
}
