package fileversion_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"quiesce/internal/fileversion"
)

// What the worst file may cost. The worst known takes microseconds; a blow-up
// takes far more than this.
const (
	maxTime = 50 * time.Millisecond
	maxRead = 48 << 10 // bytes
)

// resources returns where in the file the resource section begins.
func resources(file []byte) int {
	directory := binary.LittleEndian.Uint32(file[optHeader+96+16:])
	for at := optHeader + 224; ; at += 40 {
		if binary.LittleEndian.Uint32(file[at+12:]) == directory {
			return int(binary.LittleEndian.Uint32(file[at+20:]))
		}
	}
}

// path returns where the entry of the version stands in each of the three
// directories, and where its data entry does.
func path(file []byte) (root, name, language, leaf int) {
	base := resources(file)
	next := func(entry int) int {
		return base + int(binary.LittleEndian.Uint32(file[entry+4:])&^(1<<31))
	}
	root = base + 16
	for binary.LittleEndian.Uint32(file[root:]) != 16 {
		root += 8
	}
	name = next(root) + 16
	language = next(name) + 16
	return root, name, language, next(language)
}

func TestReadMalformed(t *testing.T) {
	t.Parallel()
	good := program(t, false, [4]uint16{5, 5, 2650, 24})
	base := resources(good)
	root, name, language, leaf := path(good)
	set16 := func(at int, v uint16) func([]byte) {
		return func(b []byte) { binary.LittleEndian.PutUint16(b[at:], v) }
	}
	set32 := func(at int, v uint32) func([]byte) {
		return func(b []byte) { binary.LittleEndian.PutUint32(b[at:], v) }
	}
	for sentence, damage := range map[string]func([]byte){
		"too many sections":                         set16(peHeader+6, 97),
		"no optional header":                        set16(peHeader+20, 0),
		"an optional header that is cut short":      set16(peHeader+20, 100),
		"an optional header without directories":    set16(peHeader+20, 50),
		"an optional header of an unknown kind":     set16(optHeader, 0x107),
		"a section table in no man's land":          set16(peHeader+20, 0xFFFF),
		"a resource directory in no section":        set32(optHeader+96+16, 0xFFFF0000),
		"a section that begins behind the file":     set32(optHeader+224+40+20, 0xFFFFFFFF),
		"more entries than a directory has":         set16(base+14, 0xFFFF),
		"more named entries than the file has room": set16(base+12, 4000),
		"a type that is no directory":               set32(root+4, 0),
		"a name that is no directory":               set32(name+4, 0x10),
		"a language that is a directory":            set32(language+4, 1<<31),
		"names far away":                            set32(root+4, 0xFFFFFFFF),
		"a leaf far away":                           set32(language+4, 0x7FFFFFFF),
		"data in no section":                        set32(leaf, 0xFFFFFFF0),
		"data that are too short":                   set32(leaf+4, 39),
		"data without fixed information":            set32(leaf+4, 60),
		"no names":                                  set32(name-16+12, 0),
		"no languages":                              set32(language-16+12, 0),
		"another signature":                         set32(bytes.Index(good, []byte("\xBD\x04\xEF\xFE")), 0),
		"another key":                               set16(bytes.Index(good, []byte("V\x00S\x00_\x00")), 'W'),
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			file := bytes.Clone(good)
			damage(file)
			if got, ok, err := read(t, file); ok || !errors.Is(err, fileversion.ErrMalformed) {
				t.Errorf("Read: %+v, %v, %v; want ErrMalformed", got, ok, err)
			}
		})
	}
}

func TestReadHostileTree(t *testing.T) {
	t.Parallel()
	good := program(t, false, [4]uint16{5, 5, 2650, 24})
	base := uint32(resources(good))
	root, name, language, leaf := path(good)
	for sentence, entries := range map[string]map[int]uint32{
		"a cycle to the root":             {root + 4: 1 << 31, language + 4: 1 << 31},
		"a cycle of names":                {name + 4: 1<<31 | uint32(name-16) - base},
		"every level in the same place":   {root + 4: 1 << 31, name + 4: 1 << 31},
		"a directory over its own header": {root + 4: 1<<31 | 4},
		"data over the directory":         {leaf: 0x3000, leaf + 4: 0xFFFFFFFF},
		"4096 types, none of them ours":   {int(base) + 12: 4096 << 16, root: 17},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			file := append(bytes.Clone(good), make([]byte, 40_000)...)
			for at, v := range entries {
				binary.LittleEndian.PutUint32(file[at:], v)
			}
			bounded(t, file)
		})
	}
}

// counting counts the bytes that are read.
type counting struct {
	io.ReaderAt
	bytes int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.bytes += len(p)
	return c.ReaderAt.ReadAt(p, off)
}

// bounded reads a file and complains if that costs much, or if the answer
// contradicts itself.
func bounded(t testing.TB, file []byte) (fileversion.Version, bool) {
	t.Helper()
	r := &counting{ReaderAt: bytes.NewReader(file)}
	start := time.Now()
	v, ok, err := fileversion.Read(r, int64(len(file)))
	took := time.Since(start)
	for range 3 { // a busy machine is no blow-up
		if took > maxTime {
			start = time.Now()
			_, _, _ = read(t, file)
			took = time.Since(start)
		}
	}
	if took > maxTime || r.bytes > maxRead {
		t.Errorf("Read took %v and read %d bytes", took, r.bytes)
	}
	switch _, comparable := fileversion.Compare(v, v); {
	case ok && err != nil, ok != comparable, !ok && v.Scheme+v.Text != "":
		t.Errorf("Read: %+v, %v, %v", v, ok, err)
	case err != nil && !errors.Is(err, fileversion.ErrMalformed):
		t.Errorf("Read: %v, want ErrMalformed", err)
	}
	return v, ok
}

func TestReadPrefixes(t *testing.T) {
	t.Parallel()
	for _, plus := range []bool{false, true} {
		file := program(t, plus, [4]uint16{5, 5, 2650, 24})
		found := 0
		for n := range len(file) {
			if v, ok := bounded(t, file[:n]); ok {
				found++
				if v.Text != "5.5.2650.24" {
					t.Fatalf("the first %d bytes have version %s", n, v.Text)
				}
			}
		}
		if found == 0 || found > len(file)/2 {
			t.Errorf("%d of %d prefixes have a version", found, len(file))
		}
	}
}

func TestReadMutants(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for _, plus := range []bool{false, true} {
		good := program(t, plus, [4]uint16{5, 5, 2650, 24})
		file := make([]byte, len(good))
		for range 10_000 {
			copy(file, good)
			for range 1 + random.IntN(8) {
				file[random.IntN(len(file))] = [...]byte{0, 1, 0x7F, 0x80, 0xFF, byte(random.Uint32())}[random.IntN(6)]
			}
			bounded(t, file)
		}
	}
}

func TestReadMemory(t *testing.T) { // not parallel: it counts allocations
	file := append(program(t, false, [4]uint16{5, 5, 2650, 24}), make([]byte, 40_000)...)
	root, _, _, _ := path(file)
	binary.LittleEndian.PutUint32(file[root:], 17)
	binary.LittleEndian.PutUint32(file[resources(file)+12:], 4096<<16)
	const runs = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		bounded(t, file)
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / runs; each > 8<<10 {
		t.Errorf("the longest directory costs %d bytes", each)
	}
}
