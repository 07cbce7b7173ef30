package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// MaxSize is the largest journal that is read, in bytes.
const MaxSize = 1 << 30

// Journal is what was read of one.
type Journal struct {
	Records []Record
	Tail    Tail
	// Size is the number of bytes up to the end of the last whole record;
	// what lies behind it is a torn tail, to be cut off before writing on.
	Size int64
	Torn bool
}

// Run returns the run that the journal is about.
func (j *Journal) Run() Run { return *j.Records[0].Run }

// Read reads a journal. A torn tail is left out; anything else that does not
// fit is a *CorruptError.
func Read(r io.Reader) (*Journal, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("read journal: larger than %d MiB", MaxSize>>20)
	}
	j := &Journal{}
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			j.Torn = true
			break
		}
		record, err := j.decode(data[:end])
		if err != nil {
			return nil, err
		}
		j.Records = append(j.Records, record)
		j.Tail = Tail{record.Seq, hashLine(data[:end])}
		j.Size += int64(end) + 1
		data = data[end+1:]
	}
	if len(j.Records) == 0 {
		return nil, &CorruptError{1, "it has no whole record"}
	}
	return j, nil
}

// decode checks a line against the journal that ends before it.
func (j *Journal) decode(line []byte) (Record, error) {
	n := j.Tail.Seq + 1
	var r Record
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return r, &CorruptError{n, "not a record: " + err.Error()}
	}
	if !sumFits(line) {
		return r, &CorruptError{n, "its checksum does not fit"}
	}
	switch {
	case r.Seq != n:
		return r, &CorruptError{n, fmt.Sprintf("its number is %d", r.Seq)}
	case r.Prev != j.Tail.Hash:
		return r, &CorruptError{n, "it does not follow the record before it"}
	case n == 1 && (r.Type != Begin || r.Run == nil):
		return r, &CorruptError{n, "it does not begin a run"}
	case n == 1 && r.Run.Format != Format:
		return r, fmt.Errorf("read journal: format %q, written by %q: this program reads %s", r.Run.Format, r.Run.Tool, Format)
	}
	return r, nil
}

// sumFits compares the sum that ends a line with the rest of it.
func sumFits(line []byte) bool {
	end := len(line) - len(`,"sum":"00000000"}`)
	if end < 0 {
		return false
	}
	body := append(bytes.Clone(line[:end]), '}')
	return string(line[end:]) == sumOf(body)
}
