package runbooks

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"quiesce/internal/diag"
)

// Parse reads a runbook. It goes on after a mistake and returns all of them,
// in the order of the document, with the tree that is left; the tree is nil
// only if the text is not YAML, or exceeds a limit before it can be read.
func Parse(file string, src []byte, limits Limits) (*Runbook, diag.List) {
	limits = limits.withDefaults()
	d := &document{source: newSource(file, src), limits: limits}
	if !d.readable() {
		return nil, d.diags
	}
	root := d.decode()
	if root == nil {
		return nil, d.diags
	}
	sum := sha256.Sum256(src)
	rb := &Runbook{
		File: file, Source: src, Digest: "sha256:" + hex.EncodeToString(sum[:]),
		MaxParallel: defaultParallel, OnFailure: Rollback,
	}
	p := &parser{document: d, rb: rb}
	p.runbook(d.tree(root, 1))
	return rb, finish(d.diags)
}

// readable tells whether the text is fit for the YAML parser at all.
func (d *document) readable() bool {
	switch nowhere := d.at(0, 0, 0); {
	case len(d.text) > d.limits.Bytes:
		d.diags.Errorf(nowhere, "too-large", "", "the document has %d bytes, and %d are allowed", len(d.text), d.limits.Bytes)
	case !utf8.Valid(d.text):
		d.diags.Errorf(d.offset(invalidAt(d.text)), "encoding", "save the file as UTF-8", "the text is not UTF-8")
	case indicators(d.text) > d.limits.Nodes:
		d.diags.Errorf(nowhere, "too-many-nodes", "", "the document may hold more than %d values", d.limits.Nodes)
	default:
		return d.plainBreaks()
	}
	return false
}

func invalidAt(text []byte) int {
	at := 0
	for at < len(text) {
		r, n := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}

// indicators counts the characters without which a document has no further
// node; yaml.v3 needs some 300 bytes of memory for each.
func indicators(text []byte) int {
	if len(text) < 1<<20 {
		return 0
	}
	n := 0
	for _, c := range text {
		switch c {
		case ',', '[', '{', '\n', '?':
			n++
		}
	}
	return n + bytes.Count(text, []byte("- ")) + bytes.Count(text, []byte(": "))
}

// plainBreaks refuses what yaml.v3 takes for a line break and editors do not,
// because every position after it would be off.
func (d *document) plainBreaks() bool {
	for i := 0; i < len(d.text); i++ {
		name := ""
		switch rest := d.text[i:]; {
		case rest[0] == '\r' && (len(rest) == 1 || rest[1] != '\n'):
			name = "a carriage return without line feed"
		case bytes.HasPrefix(rest, []byte("\u0085")):
			name = "a next-line character (U+0085)"
		case bytes.HasPrefix(rest, []byte("\u2028")), bytes.HasPrefix(rest, []byte("\u2029")):
			name = "a line or paragraph separator (U+2028, U+2029)"
		default:
			continue
		}
		d.diags.Errorf(d.offset(i), "line-break", `end lines with a line feed; inside double quotes write \r or \u2028`, "%s stands in the text", name)
		return false
	}
	return true
}

// decode returns the root of the only document in the text.
func (d *document) decode() *yaml.Node {
	var first, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(d.text))
	err := decodeNext(decoder, &first)
	if errors.Is(err, io.EOF) || err == nil && len(first.Content) == 0 {
		d.diags.Errorf(d.at(1, 1, 0), "no-document", "a runbook begins with version: 1", "the file holds no document")
		return nil
	}
	if err == nil {
		if err = decodeNext(decoder, &second); err == nil {
			d.diags.Errorf(d.at(second.Line, second.Column, 0), "second-document", "put each runbook in a file of its own", "a second document begins here")
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		d.syntax(err)
		return nil
	}
	return first.Content[0]
}

// decodeNext keeps a panic of the YAML parser from leaving the package.
func decodeNext(decoder *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	return decoder.Decode(n)
}
