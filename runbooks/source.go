package runbooks

import (
	"bytes"
	"unicode/utf8"

	"quiesce/internal/diag"
)

// source is a document with an index of its lines. Lines end with a line feed;
// whatever else yaml.v3 takes for a line break is refused before.
type source struct {
	file  string
	text  []byte
	lines []int // offset of each line
	ascii bool  // columns are bytes
}

var byteOrderMark = []byte("\ufeff")

func newSource(file string, text []byte) *source {
	s := &source{file: file, text: text, ascii: true}
	start := 0
	if bytes.HasPrefix(text, byteOrderMark) {
		start = len(byteOrderMark)
	}
	s.lines = make([]int, 1, 1+bytes.Count(text, []byte("\n")))
	s.lines[0] = start
	for i := start; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			s.lines = append(s.lines, i+1)
		case c >= utf8.RuneSelf:
			s.ascii = false
		}
	}
	return s
}

// line returns a line, counted from 1, without its line feed.
func (s *source) line(n int) []byte {
	if n < 1 || n > len(s.lines) {
		return nil
	}
	end := len(s.text)
	if n < len(s.lines) {
		end = s.lines[n]
	}
	return bytes.TrimRight(s.text[s.lines[n-1]:end], "\r\n")
}

// from returns what a line holds from a column on.
func (s *source) from(line, column int) []byte {
	text := s.line(line)
	if s.ascii {
		return text[min(column-1, len(text)):]
	}
	for ; column > 1 && len(text) > 0; column-- {
		_, n := utf8.DecodeRune(text)
		text = text[n:]
	}
	return text
}

// columns counts the columns that a text takes.
func (s *source) columns(text []byte) int {
	if s.ascii {
		return len(text)
	}
	return utf8.RuneCount(text)
}

// at returns a stretch of one line; without width it is one character. A value
// that is not there is said by yaml.v3 to lie on the line after the last: that
// is told at the end of the last line.
func (s *source) at(line, column, width int) diag.Range {
	if last := len(s.lines); line > last {
		line, column, width = last, 1+s.columns(s.line(last)), 0
	}
	r := diag.Range{File: s.file, Start: diag.Pos{Line: line, Column: column}}
	if width > 0 {
		r.End = diag.Pos{Line: line, Column: column + width}
	}
	return r
}

// wholeLine returns what a line holds between its blanks.
func (s *source) wholeLine(n int) diag.Range {
	text := s.line(n)
	inner := bytes.TrimLeft(text, " \t")
	return s.at(n, 1+len(text)-len(inner), s.columns(bytes.TrimRight(inner, " \t")))
}

// offset returns the place of a byte of the document.
func (s *source) offset(at int) diag.Range {
	line := 1
	for line < len(s.lines) && s.lines[line] <= at {
		line++
	}
	return s.at(line, 1+s.columns(s.text[s.lines[line-1]:max(at, s.lines[line-1])]), 1)
}
