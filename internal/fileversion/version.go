package fileversion

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// PE is the scheme of Windows version resources: four numbers of 16 bits.
const PE = "pe"

// ErrMalformed: the file says that it is a PE file, and its structure
// contradicts that. It has no version then; the error tells where it broke.
var ErrMalformed = errors.New("malformed PE file")

// Version is what a file says of its own version.
type Version struct {
	Scheme string // PE
	Text   string // the numbers: "5.5.2650.24"
	// Flags are what the file says of its build, sorted: debug, patched (the
	// same version as another file, with other contents), prerelease, private,
	// special.
	Flags []string
}

// Read returns the version of the file r of size bytes, and whether it has one.
//
// A file that is no PE file, has no version resource, or whose version is all
// zero has none, and that is no error. A PE file in which the way to its
// version is broken, by being cut short for instance, has none and the error
// wraps ErrMalformed, fit to be shown as a warning. Any other error comes from
// r.
func Read(r io.ReaderAt, size int64) (Version, bool, error) {
	f := &file{r: r, size: size}
	im, ok, err := f.image()
	if !ok || err != nil {
		return Version{}, false, err
	}
	info, ok, err := im.versionInfo()
	if !ok || err != nil {
		return Version{}, false, err
	}
	return fixedVersion(info)
}

// Offsets within VS_VERSIONINFO and VS_FIXEDFILEINFO (verrsrc.h).
const (
	fixedOffset    = 40 // three words and "VS_VERSION_INFO\0", padded to 4
	fixedSize      = 52
	infoSize       = fixedOffset + fixedSize
	fixedSignature = 0xFEEF04BD
)

// versionInfoKey is "VS_VERSION_INFO" and its end in UTF-16.
const versionInfoKey = "V\x00S\x00_\x00V\x00E\x00R\x00S\x00I\x00O\x00N\x00_\x00I\x00N\x00F\x00O\x00\x00\x00"

func fixedVersion(info []byte) (Version, bool, error) {
	if len(info) < fixedOffset || string(info[6:6+len(versionInfoKey)]) != versionInfoKey {
		return Version{}, false, fmt.Errorf("%w: the version resource has no VS_VERSION_INFO", ErrMalformed)
	}
	if binary.LittleEndian.Uint16(info[2:]) == 0 {
		return Version{}, false, nil // texts only
	}
	if len(info) < infoSize || binary.LittleEndian.Uint32(info[fixedOffset:]) != fixedSignature {
		return Version{}, false, fmt.Errorf("%w: the version resource has no fixed file information", ErrMalformed)
	}
	fixed := info[fixedOffset:infoSize]
	ms, ls := binary.LittleEndian.Uint32(fixed[8:]), binary.LittleEndian.Uint32(fixed[12:])
	if ms == 0 && ls == 0 {
		return Version{}, false, nil
	}
	flags := binary.LittleEndian.Uint32(fixed[24:]) & binary.LittleEndian.Uint32(fixed[28:])
	return Version{PE, text(ms, ls), flagNames(flags)}, true, nil
}

func text(ms, ls uint32) string {
	b := make([]byte, 0, len("65535.65535.65535.65535"))
	for i, n := range [4]uint32{ms >> 16, ms & 0xFFFF, ls >> 16, ls & 0xFFFF} {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return string(b)
}

func flagNames(flags uint32) []string {
	var names []string
	for _, flag := range [...]struct {
		bit  uint32
		name string
	}{{0x01, "debug"}, {0x04, "patched"}, {0x02, "prerelease"}, {0x08, "private"}, {0x20, "special"}} {
		if flags&flag.bit != 0 {
			names = append(names, flag.name)
		}
	}
	return names
}
