package fileversion_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the seed corpus of FuzzRead anew")

const corpus = "testdata/fuzz/FuzzRead"

// seeds are files of every shape, to begin with.
func seeds(t testing.TB) map[string][]byte {
	small := program(t, false, [4]uint16{5, 5, 2650, 24})
	return map[string][]byte{
		"pe32":            small,
		"pe32plus":        program(t, true, [4]uint16{65535, 0, 1, 2}),
		"flags":           flagged(t, 0x3F, 0x3F),
		"zero":            program(t, true, [4]uint16{}),
		"without-version": bare(true),
		"cut-short":       small[:len(small)/2],
		"text":            []byte("MZ, said the readme"),
	}
}

func FuzzRead(f *testing.F) {
	f.Fuzz(func(t *testing.T, file []byte) { bounded(t, file) })
}

func TestFuzzCorpus(t *testing.T) {
	t.Parallel()
	want := seeds(t)
	if *update {
		if err := os.MkdirAll(corpus, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, file := range want {
			text := fmt.Appendf(nil, "go test fuzz v1\n[]byte(%q)\n", file)
			if err := os.WriteFile(filepath.Join(corpus, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, err := os.ReadDir(corpus)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, entry := range found {
		names[entry.Name()] = true
	}
	for name := range want {
		if !names[name] {
			t.Errorf("the corpus has no %s; run this test with -update", name)
		}
	}
}
