package memory

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/tc-hib/winres/version"
)

// The layout of a PE file of PE: headers, then one section with resources.
const (
	fileAlign    = 0x200
	sectionAlign = 0x1000
	peOffset     = 0x40
	leafOffset   = 3 * 24 // after three directories of one entry each
	dataOffset   = leafOffset + 16
)

// ParseVersion reads a version of up to four numbers below 65536.
func ParseVersion(text string) (v [4]uint16, err error) {
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return v, fmt.Errorf("version %q has more than four numbers", text)
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return v, fmt.Errorf("version %q: %q is no number below 65536", text, part)
		}
		v[i] = uint16(n)
	}
	return v, nil
}

// PE returns a small Windows program whose version resource carries that
// version: in numbers, and as text in another form, as Exchange had it. It ends
// with padding zero bytes. The same arguments give the same bytes. It panics on
// what ParseVersion refuses.
func PE(text string, padding int) []byte {
	v, err := ParseVersion(text)
	if err != nil {
		panic(err)
	}
	info := version.Info{FileVersion: v, ProductVersion: v}
	shown := fmt.Sprintf("%d.%d (build %d.%d)", v[0], v[1], v[2], v[3])
	for key, value := range map[string]string{version.FileVersion: shown, version.ProductVersion: shown} {
		if err := info.Set(version.LangDefault, key, value); err != nil {
			panic(err) // only NUL characters are refused
		}
	}
	section := resources(info.Bytes())
	var b bytes.Buffer
	writeHeaders(&b, len(section))
	b.Write(section)
	b.Write(make([]byte, max(padding, 0)))
	return b.Bytes()
}

// resources returns a section of resources that holds one version resource.
func resources(data []byte) []byte {
	var b bytes.Buffer
	for level, id := range []uint32{16, 1, version.LangDefault} { // RT_VERSION, its id, its language
		b.Write(make([]byte, 14)) // characteristics, date, version, no named entries
		write(&b, uint16(1))      // one entry with an id
		next := uint32(level+1)*24 | 1<<31
		if level == 2 {
			next = leafOffset
		}
		write(&b, id, next)
	}
	write(&b, uint32(sectionAlign+dataOffset), uint32(len(data)), uint32(0), uint32(0))
	b.Write(data)
	b.Write(make([]byte, align(b.Len(), fileAlign)-b.Len()))
	return b.Bytes()
}

func align(n, to int) int { return (n + to - 1) / to * to }

func write(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		// A buffer takes everything, and the values are of fixed size.
		_ = binary.Write(b, binary.LittleEndian, v)
	}
}

// writeHeaders writes everything before the section.
func writeHeaders(b *bytes.Buffer, section int) {
	size := uint32(section)
	dos := make([]byte, peOffset)
	copy(dos, "MZ")
	dos[0x3c] = peOffset
	b.Write(dos)
	b.WriteString("PE\x00\x00")
	// COFF header: i386, one section, executable for 32 bits.
	write(b, uint16(0x14c), uint16(1), uint32(0), uint32(0), uint32(0), uint16(224), uint16(0x0102))
	// Optional header, PE32.
	write(b, uint16(0x10b), uint16(0), uint32(0), size, uint32(0), uint32(0), uint32(0), uint32(0))
	write(b, uint32(0x400000), uint32(sectionAlign), uint32(fileAlign))
	write(b, uint16(4), uint16(0), uint16(0), uint16(0), uint16(4), uint16(0), uint32(0))
	write(b, uint32(sectionAlign+align(section, sectionAlign)), uint32(fileAlign), uint32(0))
	write(b, uint16(2), uint16(0)) // for windows, no flags
	write(b, uint32(0x100000), uint32(0x1000), uint32(0x100000), uint32(0x1000), uint32(0), uint32(16))
	for i := range 16 {
		if i == 2 { // resources
			write(b, uint32(sectionAlign), size)
		} else {
			write(b, uint64(0))
		}
	}
	b.WriteString(".rsrc\x00\x00\x00")
	write(b, size, uint32(sectionAlign), size, uint32(fileAlign), uint32(0), uint32(0), uint32(0), uint32(0x40000040))
	b.Write(make([]byte, fileAlign-b.Len()))
}
