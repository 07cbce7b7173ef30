package memory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"

	"quiesce/internal/diag"
)

// maxSize is how long a description may be.
const maxSize = 64 << 20

// Load reads a description from a file; what it takes over from other files
// lies beside it. An author's mistakes are a *diag.Failure.
func Load(path string) (*Description, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read host description: %w", err)
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("read host description: %w", err)
	}
	d, list := Parse(path, src, root.FS())
	if err := errors.Join(list.Err(), root.Close()); err != nil {
		return nil, err
	}
	return d, nil
}

// Parse reads a description. assets holds the files that its "from" names; it
// may be nil. The description is nil if the list has errors.
func Parse(file string, src []byte, assets fs.FS) (*Description, diag.List) {
	d := &decoder{file: file, places: map[any]diag.Range{}}
	n := d.document(src)
	if n == nil {
		return nil, d.diags
	}
	v := &Description{}
	d.decode(n, reflect.ValueOf(v).Elem(), 0)
	d.check(v)
	d.takeAssets(v, assets)
	d.diags.Sort()
	if d.diags.HasErrors() {
		return nil, d.diags
	}
	return v.normal(), d.diags
}

var lineOf = regexp.MustCompile(`line (\d+)`)

// document returns the one value of the document, nil if there is none.
func (d *decoder) document(src []byte) *yaml.Node {
	start := diag.Range{File: d.file, Start: diag.Pos{Line: 1, Column: 1}}
	if len(src) > maxSize {
		d.diags.Errorf(start, "too-large", "", "a host description has at most %d MiB", maxSize>>20)
		return nil
	}
	var n, more yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(src))
	if err := documents.Decode(&n); err != nil && err != io.EOF {
		if m := lineOf.FindStringSubmatch(err.Error()); m != nil {
			start.Start.Line, _ = strconv.Atoi(m[1])
		}
		d.diags.Errorf(start, "syntax", "", "%v", err)
		return nil
	}
	if n.Kind != yaml.DocumentNode || len(n.Content) == 0 {
		d.diags.Errorf(start, "empty", "", "there is no description")
		return nil
	}
	if err := documents.Decode(&more); err != io.EOF {
		d.diags.Errorf(d.at(&more), "second-document", "", "there is more than one document")
		return nil
	}
	return n.Content[0]
}

// takeAssets replaces the names of other files by what they hold.
func (d *decoder) takeAssets(v *Description, assets fs.FS) {
	for i := range v.Files {
		f := &v.Files[i]
		if f.From == "" {
			continue
		}
		if assets == nil {
			d.diags.Errorf(d.places[f], "missing-file", "", "%s: there is no folder to read %s from", f.Path, f.From)
			continue
		}
		data, err := fs.ReadFile(assets, filepath.ToSlash(f.From))
		if err != nil {
			d.diags.Errorf(d.places[f], "missing-file", "from is relative to the folder of the description", "%v", err)
			continue
		}
		f.setData(data)
		f.From = ""
	}
}
