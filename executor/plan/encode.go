package plan

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"

	"quiesce/actions"
)

// blockSize is how much is read or written at a time, in bytes.
const blockSize = 32 << 10

// form is one of the two ways in which a plan is written out.
type form struct {
	indent string // of one level; "" puts everything on one line
	line   string // between what is indented
}

var (
	// canonical is what the digest is of: no insignificant white space.
	canonical = form{}
	// indented is what the file holds, each change on a line of its own.
	indented = form{indent: "  ", line: "\n"}
)

// encoder writes one plan out, a change at a time: those of a large pack take
// more room than everything else.
type encoder struct {
	form
	w    *bufio.Writer
	buf  bytes.Buffer
	json *json.Encoder
}

func (p *Plan) encode(w *bufio.Writer, f form) error {
	e := &encoder{form: f, w: w}
	e.json = json.NewEncoder(&e.buf)
	e.json.SetEscapeHTML(false)
	bare := *p
	bare.Steps = []*Step{}
	end, err := e.open(&bare, 0)
	if err != nil {
		return err
	}
	for i, s := range p.Steps {
		if err := e.separate(i, 2); err != nil {
			return err
		}
		if err := e.step(s); err != nil {
			return err
		}
	}
	return e.shut(len(p.Steps), 1, end+"\n")
}

func (e *encoder) step(s *Step) error {
	bare := *s
	bare.Changes = []actions.Change{}
	end, err := e.open(&bare, 2)
	if err != nil {
		return err
	}
	for i := range s.Changes {
		if err := e.separate(i, 4); err != nil {
			return err
		}
		line, err := e.value(&s.Changes[i], "", "")
		if err != nil {
			return err
		}
		if _, err := e.w.Write(line); err != nil {
			return fmt.Errorf("write plan: %w", err)
		}
	}
	return e.shut(len(s.Changes), 3, end)
}

// open writes an object whose last value is an empty list, but for the end of
// that list, and returns what follows it.
func (e *encoder) open(v any, depth int) (end string, err error) {
	text, err := e.value(v, e.level(depth), e.indent)
	if err != nil {
		return "", err
	}
	at := bytes.LastIndexByte(text, ']')
	end = string(text[at:])
	if _, err := e.w.Write(text[:at]); err != nil {
		return "", fmt.Errorf("write plan: %w", err)
	}
	return end, nil
}

// separate begins the i-th value of a list.
func (e *encoder) separate(i, depth int) error {
	comma := ","
	if i == 0 {
		comma = ""
	}
	return e.text(comma + e.line + e.level(depth))
}

// shut ends a list of n values, and what it is in.
func (e *encoder) shut(n, depth int, end string) error {
	if n > 0 {
		end = e.line + e.level(depth) + end
	}
	return e.text(end)
}

func (e *encoder) text(s string) error {
	if _, err := e.w.WriteString(s); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

func (e *encoder) level(n int) string {
	if e.indent == "" {
		return ""
	}
	return "          "[:n*len(e.indent)]
}

// value encodes a value, without the line break behind it. What it returns
// counts until the next call.
func (e *encoder) value(v any, prefix, indent string) ([]byte, error) {
	e.buf.Reset()
	e.json.SetIndent(prefix, indent)
	if err := e.json.Encode(v); err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	return bytes.TrimSuffix(e.buf.Bytes(), []byte("\n")), nil
}
