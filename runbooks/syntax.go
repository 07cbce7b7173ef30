package runbooks

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"quiesce/internal/diag"
)

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax tells an error of the YAML parser. What the parser says of lines is
// off by one or names where a block began, so the line is looked for: the first
// one with which the text so far fails in the same way.
func (d *document) syntax(err error) {
	match := yamlError.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " "))
	if match == nil {
		match = []string{"", "", err.Error()}
	}
	line, _ := strconv.Atoi(match[1]) // without a number it is the first line
	line = min(max(line, 1), len(d.lines))
	if len(d.text) < 1<<20 {
		line = d.firstFailing(match[2])
	}
	problem, hint := d.advice(match[2], line)
	d.diags.Errorf(d.faultIn(line), "yaml", hint, "%s", problem)
}

// firstFailing looks by halves for the shortest run of lines from the top that
// fails with the same message.
func (d *document) firstFailing(problem string) int {
	low, high := 1, len(d.lines)
	for low < high {
		middle := (low + high) / 2
		if strings.HasSuffix(failure(d.text[:d.lines[middle]]), problem) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

func failure(text []byte) string {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		switch err := decodeNext(decoder, new(yaml.Node)); err {
		case nil:
		case io.EOF:
			return ""
		default:
			return err.Error()
		}
	}
}

// faultIn returns the place of a tab that indents a line, or the line.
func (d *document) faultIn(line int) diag.Range {
	text := d.line(line)
	indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
	if tab := bytes.IndexByte(indent, '\t'); tab >= 0 {
		return d.at(line, tab+1, 1)
	}
	return d.wholeLine(line)
}

// advice returns the parser's message in words that help, with what to do.
func (d *document) advice(problem string, line int) (message, hint string) {
	text := d.line(line)
	indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
	switch {
	case bytes.ContainsRune(indent, '\t'):
		return "a tab indents the line", "indent with spaces"
	case strings.Contains(problem, "unknown escape character"):
		return `the text in double quotes has a \ that escapes nothing`, `put Windows paths in single quotes: 'C:\dir'`
	case strings.Contains(problem, "unknown anchor"), strings.Contains(problem, "expected alphabetic or numeric character"):
		return "text that begins with * or & must be quoted", `write "*.exe"`
	case strings.Contains(problem, "mapping values are not allowed"):
		return "a colon is not allowed here", "quote text that contains a colon and a blank, or check the indentation"
	case strings.Contains(problem, "cannot start any token"):
		return "a value begins with a character that must be quoted", "put the value in quotes"
	case strings.Contains(problem, "unexpected end of stream"):
		return "the quotes that open here are never closed", ""
	case strings.Contains(problem, "expected node content"):
		return "a value is missing, or a bracket is not closed", ""
	case strings.Contains(problem, "did not find expected ',' or"):
		if bytes.Contains(text, []byte(opening)) {
			return "a reference inside [ ] or { } must be quoted", `write "${{ inputs.name }}"`
		}
		return "the bracket that opens here is not closed, or a comma is missing", ""
	case strings.Contains(problem, "could not find expected ':'"):
		return "a key without a colon", "write key: value; indent text that goes on"
	case strings.Contains(problem, "did not find expected key"), strings.Contains(problem, "did not find expected '-'"):
		return "the line does not fit the indentation of the lines above", ""
	case strings.Contains(problem, "control characters"):
		return "a control character stands in the text", `write it as an escape in double quotes: "\x07"`
	}
	return "this is not YAML: " + problem, ""
}
