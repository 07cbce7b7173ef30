package fileversion

import (
	"encoding/binary"
	"fmt"
)

// versionInfo returns the beginning of the first version resource: type
// RT_VERSION, first name, first language; false means that there is none.
func (im *image) versionInfo() ([]byte, bool, error) {
	if im.resources == 0 {
		return nil, false, nil
	}
	base, err := im.offset(im.resources, 16, "the resource directory")
	if err != nil {
		return nil, false, err
	}
	names, ok, err := im.versionType(base)
	if !ok || err != nil {
		return nil, false, err
	}
	languages, err := im.firstEntry(base, names, "the directory of version resources")
	if err != nil {
		return nil, false, err
	}
	leaf, err := im.firstEntry(base, languages, "the languages of the version resource")
	if err != nil {
		return nil, false, err
	}
	info, err := im.leaf(base, leaf)
	return info, err == nil, err
}

// A high bit of an entry's value says that it leads to another directory.
const subdirectory = 1 << 31

// versionType looks for RT_VERSION in the directory at base and returns the
// value of its entry.
func (im *image) versionType(base int64) (value uint32, ok bool, err error) {
	const rtVersion, what = 16, "the resource directory"
	named, ids, err := im.counts(base, what)
	if err != nil {
		return 0, false, err
	}
	err = im.records(base+16+8*int64(named), ids, 8, what, func(b []byte) bool {
		if binary.LittleEndian.Uint32(b) == rtVersion {
			value, ok = binary.LittleEndian.Uint32(b[4:]), true
		}
		return !ok
	})
	return value, ok, err
}

// firstEntry returns the value of the first entry of the directory that value
// leads to.
func (im *image) firstEntry(base int64, value uint32, what string) (uint32, error) {
	if value&subdirectory == 0 {
		return 0, fmt.Errorf("%w: %s is no directory", ErrMalformed, what)
	}
	at := base + int64(value&^subdirectory)
	named, ids, err := im.counts(at, what)
	if err != nil {
		return 0, err
	}
	if named+ids == 0 {
		return 0, fmt.Errorf("%w: %s is empty", ErrMalformed, what)
	}
	b, err := im.at(at+16, 8, what)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b[4:]), nil
}

// counts reads how many named and numbered entries the directory at off has.
func (im *image) counts(off int64, what string) (named, ids int, err error) {
	b, err := im.at(off, 16, what)
	if err != nil {
		return 0, 0, err
	}
	named, ids = int(binary.LittleEndian.Uint16(b[12:])), int(binary.LittleEndian.Uint16(b[14:]))
	if named+ids > maxEntries {
		return 0, 0, fmt.Errorf("%w: %s has %d entries", ErrMalformed, what, named+ids)
	}
	return named, ids, nil
}

// leaf reads the beginning of the data that value leads to.
func (im *image) leaf(base int64, value uint32) ([]byte, error) {
	const what = "the version resource"
	if value&subdirectory != 0 {
		return nil, fmt.Errorf("%w: %s is a directory", ErrMalformed, what)
	}
	entry, err := im.at(base+int64(value), 16, what)
	if err != nil {
		return nil, err
	}
	address, length := binary.LittleEndian.Uint32(entry), binary.LittleEndian.Uint32(entry[4:])
	n := int(min(length, infoSize))
	off, err := im.offset(address, n, what)
	if err != nil {
		return nil, err
	}
	return im.at(off, n, what)
}
