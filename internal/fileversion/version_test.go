package fileversion_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tc-hib/winres"

	"quiesce/internal/fileversion"
)

func read(t testing.TB, file []byte) (fileversion.Version, bool, error) {
	t.Helper()
	return fileversion.Read(bytes.NewReader(file), int64(len(file)))
}

func TestRead(t *testing.T) {
	t.Parallel()
	sp4 := [4]uint16{5, 5, 2650, 24}
	for name, c := range map[string]struct {
		file []byte
		want fileversion.Version
	}{
		"a 32-bit program":                {program(t, false, sp4), fileversion.Version{Scheme: "pe", Text: "5.5.2650.24"}},
		"a 64-bit program":                {program(t, true, sp4), fileversion.Version{Scheme: "pe", Text: "5.5.2650.24"}},
		"the greatest numbers":            {program(t, true, [4]uint16{65535, 65535, 65535, 65535}), fileversion.Version{Scheme: "pe", Text: "65535.65535.65535.65535"}},
		"the smallest numbers":            {program(t, true, [4]uint16{0, 0, 0, 1}), fileversion.Version{Scheme: "pe", Text: "0.0.0.1"}},
		"the flags, sorted":               {flagged(t, 0x3F, 0x3F), fileversion.Version{Scheme: "pe", Text: "5.5.2650.24", Flags: []string{"debug", "patched", "prerelease", "private", "special"}}},
		"only flags within the flag mask": {flagged(t, 0x04, 0x3F), fileversion.Version{Scheme: "pe", Text: "5.5.2650.24", Flags: []string{"patched"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok, err := read(t, c.file)
			if err != nil || !ok {
				t.Fatalf("Read: %v, %v", ok, err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// flagged returns a file whose version has these flags within this mask.
func flagged(t testing.TB, mask, flags byte) []byte {
	file := program(t, true, [4]uint16{5, 5, 2650, 24})
	at := bytes.Index(file, []byte("\xBD\x04\xEF\xFE"))
	file[at+24], file[at+28] = mask, flags
	return file
}

// edit replaces the only place of old in file.
func edit(file []byte, old, to string) []byte {
	if bytes.Count(file, []byte(old)) != 1 {
		panic("the file has not exactly one such place")
	}
	return bytes.Replace(file, []byte(old), []byte(to), 1)
}

func TestReadNoVersion(t *testing.T) {
	t.Parallel()
	good := program(t, false, [4]uint16{1, 2, 3, 4})
	manifest := &winres.ResourceSet{}
	if err := manifest.Set(winres.RT_MANIFEST, winres.ID(1), 0, []byte("<assembly/>")); err != nil {
		t.Fatal(err)
	}
	dos := bytes.Clone(good)
	copy(dos[0x3C:], "\xFF\xFF\xFF\xFF")
	for name, file := range map[string][]byte{
		"an empty file":                       nil,
		"a text":                              bytes.Repeat([]byte("readme "), 100),
		"a file of two letters":               []byte("MZ"),
		"a DOS program":                       dos,
		"a 16-bit Windows program":            edit(good, "PE\x00\x00", "NE\x00\x00"),
		"a program without resources":         bare(true),
		"a program without directories":       noDirectories(),
		"a program without a version":         withResources(t, bare(false), manifest),
		"a version of texts only":             edit(good, "\x34\x00\x00\x00V\x00S\x00", "\x00\x00\x00\x00V\x00S\x00"),
		"a version that is all zero":          program(t, false, [4]uint16{}),
		"a data resource that looks like one": withResources(t, bare(false), asData(t, good)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok, err := read(t, file); ok || err != nil {
				t.Errorf("Read: %+v, %v, %v; want no version and no error", got, ok, err)
			}
		})
	}
}

func noDirectories() []byte {
	b := bare(false)
	b[optHeader+92] = 2
	return b
}

// asData takes the version resource of a file and offers it as plain data.
func asData(t *testing.T, file []byte) *winres.ResourceSet {
	t.Helper()
	from, err := winres.LoadFromEXE(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	rs := &winres.ResourceSet{}
	if err := rs.Set(winres.RT_RCDATA, winres.ID(1), 0x409, from.Get(winres.RT_VERSION, winres.ID(1), 0x409)); err != nil {
		t.Fatal(err)
	}
	return rs
}

func TestReadFailure(t *testing.T) {
	t.Parallel()
	file := program(t, true, [4]uint16{1, 2, 3, 4})
	broken := errors.New("disk is on fire")
	t.Run("the error of the disk is passed on, at every read", func(t *testing.T) {
		t.Parallel()
		for n := 0; ; n++ {
			_, ok, err := fileversion.Read(&failing{bytes.NewReader(file), n, broken}, int64(len(file)))
			if err == nil {
				if n < 5 || !ok {
					t.Errorf("read %d times and found %v", n, ok)
				}
				return
			}
			if ok || !errors.Is(err, broken) || errors.Is(err, fileversion.ErrMalformed) {
				t.Fatalf("read %d: %v, %v", n, ok, err)
			}
		}
	})
	t.Run("a file that is shorter than stated is a failed read", func(t *testing.T) {
		t.Parallel()
		_, ok, err := fileversion.Read(bytes.NewReader(file[:100]), int64(len(file)))
		if ok || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Read: %v, %v", ok, err)
		}
	})
}

// failing fails the n-th read and those after it.
type failing struct {
	io.ReaderAt
	n   int
	err error
}

func (f *failing) ReadAt(p []byte, off int64) (int, error) {
	if f.n--; f.n < 0 {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(p, off)
}

func BenchmarkRead(b *testing.B) {
	file := program(b, true, [4]uint16{5, 5, 2650, 24})
	r := bytes.NewReader(file)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := fileversion.Read(r, int64(len(file))); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
