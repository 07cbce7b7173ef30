package plan

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"quiesce/actions"
	"quiesce/executor/graph"
)

// MaxSize is the largest plan file that is read, in bytes.
const MaxSize = 1 << 30

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
	w := bufio.NewWriterSize(hash, blockSize)
	if err := errors.Join(bare.encode(w, canonical), w.Flush()); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), nil
}

// Write writes a sealed plan as a file: indented JSON with each change on a
// line of its own, a line break at the end.
func (p *Plan) Write(w io.Writer) error {
	buffered := bufio.NewWriterSize(w, blockSize)
	return errors.Join(p.encode(buffered, indented), buffered.Flush())
}

// Read reads a plan file and refuses what is not a whole, unedited plan of
// this format.
func Read(r io.Reader) (*Plan, error) {
	limited := &io.LimitedReader{R: r, N: MaxSize}
	p, err := decode(bufio.NewReaderSize(limited, blockSize))
	if err != nil && limited.N == 0 {
		return nil, fmt.Errorf("read plan: larger than %d MiB", MaxSize>>20)
	}
	if err != nil {
		return nil, err
	}
	digest, err := p.computeDigest()
	if err != nil {
		return nil, err
	}
	if digest != p.Digest {
		return nil, ErrDigest
	}
	return p, p.check()
}

// Parse is Read of a plan in memory.
func Parse(data []byte) (*Plan, error) { return Read(bytes.NewReader(data)) }

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
