package local

import (
	"io/fs"
	"time"

	"quiesce/host"
)

// stat is a FileInfo of a third of the size of os's: of large packs, many are
// held at a time.
type stat struct {
	name       string
	size       int64
	modified   time.Time
	mode       fs.FileMode
	attributes host.Attributes
}

func (s *stat) Name() string       { return s.name }
func (s *stat) Size() int64        { return s.size }
func (s *stat) Mode() fs.FileMode  { return s.mode }
func (s *stat) ModTime() time.Time { return s.modified }
func (s *stat) IsDir() bool        { return s.mode.IsDir() }
func (s *stat) Sys() any           { return &s.attributes }

// withAttributes makes a snapshot of what os has found.
func withAttributes(i fs.FileInfo) fs.FileInfo {
	return &stat{name: i.Name(), size: i.Size(), mode: i.Mode(), modified: i.ModTime(), attributes: attributes(i)}
}
