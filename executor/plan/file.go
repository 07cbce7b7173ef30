package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"quiesce/actions"
	"quiesce/executor/graph"
)

// MaxSize is the largest plan file that is read, in bytes.
const MaxSize = 512 << 20

// ErrDigest says that a plan is not what its digest says: it was edited.
var ErrDigest = errors.New("the plan does not fit its digest: it was changed after it was made; plan again")

// Seal counts the summary and sets the digest.
func (p *Plan) Seal() error {
	p.Format = Format
	p.Summarise()
	digest, err := p.computeDigest()
	p.Digest = digest
	return err
}

func (p *Plan) computeDigest() (string, error) {
	bare := *p
	bare.Digest = ""
	hash := sha256.New()
	enc := json.NewEncoder(hash)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&bare); err != nil {
		return "", fmt.Errorf("encode plan: %w", err)
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), nil
}

// Write writes a sealed plan as a file: indented JSON, a line break at the end.
func (p *Plan) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(p); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

// Read reads a plan file and refuses what is not a whole, unedited plan of
// this format.
func Read(r io.Reader) (*Plan, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("read plan: larger than %d MiB", MaxSize>>20)
	}
	return Parse(data)
}

// Parse is Read of a plan in memory.
func Parse(data []byte) (*Plan, error) {
	var head struct {
		Format string `json:"format"`
		Tool   string `json:"tool"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("read plan: not JSON: %w", err)
	}
	if head.Format != Format {
		return nil, fmt.Errorf("read plan: format %q, made by %q: this program reads %s", head.Format, head.Tool, Format)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var p Plan
	if err := dec.Decode(&p); err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	digest, err := p.computeDigest()
	if err != nil {
		return nil, err
	}
	if digest != p.Digest {
		return nil, ErrDigest
	}
	return &p, p.check()
}

// check refuses a plan that fits its digest and still cannot be one.
func (p *Plan) check() error {
	if p.MaxParallel < 1 {
		return fmt.Errorf("read plan: max-parallel is %d", p.MaxParallel)
	}
	before := map[string]bool{}
	for _, s := range p.Steps {
		if s == nil || s.ID == "" || before[s.ID] {
			return errors.New("read plan: a step without an id of its own")
		}
		for _, need := range s.Needs {
			if !before[need] {
				return fmt.Errorf("read plan: step %s needs %s, which does not come before it", s.ID, need)
			}
		}
		before[s.ID] = true
		for _, c := range s.Changes {
			if c.Kind == "" || c.Fidelity == "" && actions.Alters(c.Kind) {
				return fmt.Errorf("read plan: step %s has a change without kind or fidelity", s.ID)
			}
		}
	}
	return nil
}

// Graph returns the graph of the steps.
func (p *Plan) Graph() (*graph.Graph, error) {
	g := &graph.Graph{}
	for _, s := range p.Steps {
		g.Add(s.ID)
	}
	for _, s := range p.Steps {
		for _, need := range s.Needs {
			if err := g.Wait(s.ID, need); err != nil {
				return nil, err
			}
		}
	}
	return g, nil
}
