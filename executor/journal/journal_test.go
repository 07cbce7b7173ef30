package journal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"quiesce/executor/journal"
)

// file is a journal in memory that can be made to fail.
type file struct {
	bytes.Buffer
	syncs    int
	writeErr error
	syncErr  error
}

func (f *file) Write(p []byte) (int, error) {
	if f.writeErr != nil {
		return 0, f.writeErr
	}
	return f.Buffer.Write(p)
}

func (f *file) Sync() error { f.syncs++; return f.syncErr }

func clock() time.Time { return time.Date(1999, 6, 1, 2, 0, 0, 5e6, time.UTC) }

var begin = journal.Record{Type: journal.Begin, Run: &journal.Run{Format: journal.Format, ID: "r1", Plan: "sha256:00", Name: "SP4 <é>", Host: "EXCH01", Tool: "quiesce 0.1.0"}}

// written is a small journal of a run.
func written(t *testing.T) []byte {
	t.Helper()
	var f file
	w := journal.NewWriter(&f, journal.Tail{}, clock)
	for _, r := range []journal.Record{
		begin,
		{Type: journal.Intent, Step: "stop", From: 0, To: 1},
		{Type: journal.Memo, Step: "stop", From: 0, To: 1, Memo: json.RawMessage(`{"id":"<7>"}`)},
		{Type: journal.Failed, Step: "stop", Error: "line 1\nline 2"},
		{Type: journal.End, Outcome: "rolled back"},
	} {
		seq, err := w.Append(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Sync(seq); err != nil {
			t.Fatal(err)
		}
	}
	return f.Bytes()
}

func TestReadReturnsWhatWasWritten(t *testing.T) {
	t.Parallel()
	data := written(t)
	j, err := journal.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if len(j.Records) != 5 || j.Torn || j.Size != int64(len(data)) || j.Tail.Seq != 5 {
		t.Errorf("got %d records, torn %v, size %d of %d, tail %v", len(j.Records), j.Torn, j.Size, len(data), j.Tail)
	}
	want := journal.Record{Seq: 3, Time: "1999-06-01T02:00:00.005Z", Type: journal.Memo, Step: "stop", To: 1, Memo: json.RawMessage(`{"id":"<7>"}`)}
	if diff := cmp.Diff(want, j.Records[2], cmpopts.IgnoreFields(journal.Record{}, "Prev", "Sum")); diff != "" {
		t.Error(diff)
	}
	if j.Run().Name != "SP4 <é>" {
		t.Errorf("got run %v", j.Run())
	}
}

func TestWriterContinuesAJournal(t *testing.T) {
	t.Parallel()
	data := written(t)
	j, err := journal.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var f file
	f.Buffer.Write(data)
	w := journal.NewWriter(&f, j.Tail, clock)
	if seq, err := w.Append(journal.Record{Type: journal.Resumed}); err != nil || seq != 6 {
		t.Fatalf("record %d, %v", seq, err)
	}
	if j, err = journal.Read(bytes.NewReader(f.Bytes())); err != nil || len(j.Records) != 6 {
		t.Errorf("%v, %v", j, err)
	}
}

// Cut off anywhere, a journal is read up to its last whole line; only a journal
// without a whole first line cannot be.
func TestTornTail(t *testing.T) {
	t.Parallel()
	data := written(t)
	first := bytes.IndexByte(data, '\n') + 1
	for cut := range data {
		j, err := journal.Read(bytes.NewReader(data[:cut]))
		if cut < first {
			var corrupt *journal.CorruptError
			if !errors.As(err, &corrupt) {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		whole := bytes.Count(data[:cut], []byte("\n"))
		if len(j.Records) != whole || j.Torn != (data[cut-1] != '\n') || int(j.Size) != bytes.LastIndexByte(data[:cut], '\n')+1 {
			t.Fatalf("cut at %d: %d records, torn %v, size %d", cut, len(j.Records), j.Torn, j.Size)
		}
	}
}

// Every flipped bit is found, and told with the number of its record.
func TestCorruption(t *testing.T) {
	t.Parallel()
	data := written(t)
	t.Run("a flipped bit", func(t *testing.T) {
		for i := range data {
			for bit := range 8 {
				bad := bytes.Clone(data)
				bad[i] ^= 1 << bit
				record := bytes.Count(data[:i], []byte("\n")) + 1
				j, err := journal.Read(bytes.NewReader(bad))
				if i == len(data)-1 {
					// The last line break is gone: a torn tail, or two lines.
					if err == nil && !j.Torn {
						t.Fatalf("byte %d bit %d: taken", i, bit)
					}
					continue
				}
				var corrupt *journal.CorruptError
				if !errors.As(err, &corrupt) {
					if strings.Contains(fmt.Sprint(err), "format") {
						continue
					}
					t.Fatalf("byte %d bit %d: got %v", i, bit, err)
				}
				if corrupt.Record != record {
					t.Fatalf("byte %d bit %d: told as record %d, is %d", i, bit, corrupt.Record, record)
				}
			}
		}
	})
	lines := bytes.SplitAfter(data, []byte("\n"))
	for name, test := range map[string]struct {
		data   []byte
		record int
	}{
		"a lost line":    {bytes.Join([][]byte{lines[0], lines[2]}, nil), 2},
		"swapped lines":  {bytes.Join([][]byte{lines[0], lines[2], lines[1]}, nil), 2},
		"a line twice":   {bytes.Join([][]byte{lines[0], lines[1], lines[1]}, nil), 3},
		"an empty line":  {append(bytes.Clone(data), '\n'), 6},
		"nothing at all": {nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := journal.Read(bytes.NewReader(test.data))
			var corrupt *journal.CorruptError
			if !errors.As(err, &corrupt) || corrupt.Record != test.record {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Whoever edits a line and makes its checksum anew is found out by the line
// after it.
func TestEditedLine(t *testing.T) {
	t.Parallel()
	lines := bytes.SplitAfter(written(t), []byte("\n"))
	const sum = len(`,"sum":"00000000"}` + "\n")
	body := bytes.Replace(lines[1][:len(lines[1])-sum], []byte(`"stop"`), []byte(`"stay"`), 1)
	crc := crc32.Checksum(append(bytes.Clone(body), '}'), crc32.MakeTable(crc32.Castagnoli))
	edited := fmt.Appendf(bytes.Clone(body), ",\"sum\":\"%08x\"}\n", crc)
	if bytes.Equal(edited, lines[1]) || len(edited) != len(lines[1]) {
		t.Fatalf("nothing was edited: %s", edited)
	}
	if _, err := journal.Read(bytes.NewReader(append(bytes.Clone(lines[0]), edited...))); err != nil {
		t.Fatalf("the checksum was not made anew: %v", err)
	}
	lines[1] = edited
	_, err := journal.Read(bytes.NewReader(bytes.Join(lines, nil)))
	var corrupt *journal.CorruptError
	if !errors.As(err, &corrupt) || corrupt.Record != 3 || !strings.Contains(err.Error(), "record 3: it does not follow the record before it; nothing was done") {
		t.Errorf("got %v", err)
	}
}

func TestAnotherFormatIsRefused(t *testing.T) {
	t.Parallel()
	var f file
	w := journal.NewWriter(&f, journal.Tail{}, clock)
	if _, err := w.Append(journal.Record{Type: journal.Begin, Run: &journal.Run{Format: "quiesce.journal/v9", Tool: "quiesce 9"}}); err != nil {
		t.Fatal(err)
	}
	_, err := journal.Read(&f)
	if err == nil || !strings.Contains(err.Error(), "v9") || !strings.Contains(err.Error(), "quiesce 9") {
		t.Errorf("got %v", err)
	}
}

func TestWriterFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	t.Run("after a failed write nothing more is written", func(t *testing.T) {
		f := &file{writeErr: broken}
		w := journal.NewWriter(f, journal.Tail{}, clock)
		if _, err := w.Append(begin); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		f.writeErr = nil
		if _, err := w.Append(begin); !errors.Is(err, broken) || f.Len() != 0 {
			t.Errorf("got %v, %d bytes", err, f.Len())
		}
	})
	t.Run("a failed sync is not repeated", func(t *testing.T) {
		f := &file{syncErr: broken}
		w := journal.NewWriter(f, journal.Tail{}, clock)
		seq, err := w.Append(begin)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Sync(seq); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		f.syncErr = nil
		if err := w.Sync(seq); !errors.Is(err, broken) {
			t.Errorf("the second time: got %v", err)
		}
	})
}

func TestWriterOfManyGoroutines(t *testing.T) {
	t.Parallel()
	var f file
	w := journal.NewWriter(&f, journal.Tail{}, clock)
	if _, err := w.Append(begin); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			seq, err := w.Append(journal.Record{Type: journal.Applied, Step: fmt.Sprint(i)})
			if err == nil {
				err = w.Sync(seq)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	j, err := journal.Read(&f)
	if err != nil || len(j.Records) != 51 {
		t.Fatalf("%v", err)
	}
	if f.syncs > 51 {
		t.Errorf("%d syncs", f.syncs)
	}
}

var update = flag.Bool("update", false, "write the seeds anew")

const corpus = "testdata/fuzz/FuzzRead"

// FuzzRead: no panic; what is read is consistent, and can be continued.
func FuzzRead(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := journal.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if j.Tail.Seq != len(j.Records) || j.Size > int64(len(data)) || j.Torn != (j.Size < int64(len(data))) {
			t.Fatalf("%d records, tail %v, size %d of %d, torn %v", len(j.Records), j.Tail, j.Size, len(data), j.Torn)
		}
		var out file
		out.Buffer.Write(data[:j.Size])
		if _, err := journal.NewWriter(&out, j.Tail, clock).Append(journal.Record{Type: journal.Resumed}); err != nil {
			t.Fatal(err)
		}
		if again, err := journal.Read(&out); err != nil || len(again.Records) != len(j.Records)+1 {
			t.Fatalf("continued: %v", err)
		}
	})
}

func TestCorpusIsFound(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(corpus)
	if err != nil || len(entries) < 3 {
		t.Fatalf("%d seeds, %v", len(entries), err)
	}
}

// TestUpdateCorpus writes the seeds anew: go test -run TestUpdateCorpus -update.
func TestUpdateCorpus(t *testing.T) {
	if !*update {
		t.Skip("only with -update")
	}
	data := written(t)
	if err := os.MkdirAll(corpus, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, seed := range map[string][]byte{"whole": data, "torn": data[:len(data)-9], "flipped": append([]byte("{"), data...), "empty": {}} {
		text := fmt.Sprintf("go test fuzz v1\n[]byte(%q)\n", seed)
		if err := os.WriteFile(corpus+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
