package fileversion_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/tc-hib/winres"
	"github.com/tc-hib/winres/version"
)

// Where things stand in the files that bare and with make.
const (
	peHeader  = 0x80
	optHeader = peHeader + 24
	alignment = 0x200
)

// bare returns a program for Windows that has one section and no resources.
func bare(plus bool) []byte {
	optional, magic, directories := 224, uint16(0x10B), 96
	if plus {
		optional, magic, directories = 240, 0x20B, 112
	}
	b := make([]byte, 2*alignment)
	le := binary.LittleEndian
	copy(b, "MZ")
	le.PutUint32(b[0x3C:], peHeader)
	copy(b[peHeader:], "PE\x00\x00")
	le.PutUint16(b[peHeader+4:], 0x14C)
	le.PutUint16(b[peHeader+6:], 1)
	le.PutUint16(b[peHeader+20:], uint16(optional))
	opt := b[optHeader:]
	le.PutUint16(opt, magic)
	le.PutUint32(opt[32:], 0x1000)    // section alignment
	le.PutUint32(opt[36:], alignment) // file alignment
	le.PutUint32(opt[56:], 0x2000)    // size of image
	le.PutUint32(opt[60:], alignment) // size of headers
	le.PutUint32(opt[directories-4:], 16)
	section := opt[optional:]
	copy(section, ".text")
	le.PutUint32(section[8:], alignment)  // virtual size
	le.PutUint32(section[12:], 0x1000)    // virtual address
	le.PutUint32(section[16:], alignment) // raw size
	le.PutUint32(section[20:], alignment) // raw offset
	return b
}

// withResources adds resources to a program, written by an implementation that
// is not ours.
func withResources(t testing.TB, program []byte, rs *winres.ResourceSet) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := rs.WriteToEXE(&out, bytes.NewReader(program)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// program returns a file with version v, and texts that say another one.
func program(t testing.TB, plus bool, v [4]uint16) []byte {
	t.Helper()
	info := version.Info{FileVersion: v, ProductVersion: [4]uint16{9, 9, 9, 9}}
	if err := info.Set(0x409, version.FileVersion, "5.5 (build 2650.24)"); err != nil {
		t.Fatal(err)
	}
	rs := &winres.ResourceSet{}
	rs.SetVersionInfo(info)
	if err := rs.Set(winres.RT_RCDATA, winres.Name("NAMED"), 0, []byte("other data")); err != nil {
		t.Fatal(err)
	}
	if err := rs.Set(winres.Name("TYPE"), winres.ID(7), 0, []byte("more data")); err != nil {
		t.Fatal(err)
	}
	return withResources(t, bare(plus), rs)
}
