package fileversion

import (
	"cmp"
	"strconv"
	"strings"
)

// Compare tells whether a is earlier than b (-1), the same (0) or later (+1).
// Versions of different or unknown schemes, and texts that are no version, are
// not comparable; the order says nothing then.
func Compare(a, b Version) (order int, comparable bool) {
	if a.Scheme != PE || b.Scheme != PE {
		return 0, false
	}
	x, okX := number(a.Text)
	y, okY := number(b.Text)
	if !okX || !okY {
		return 0, false
	}
	return cmp.Compare(x, y), true
}

// number packs one to four fields of 16 bits as VS_FIXEDFILEINFO does; fields
// that are not there are 0, as in the Version type of Windows Installer.
func number(text string) (uint64, bool) {
	fields := strings.Split(text, ".")
	if len(fields) > 4 {
		return 0, false
	}
	var n uint64
	for i := range 4 {
		n <<= 16
		if i >= len(fields) {
			continue
		}
		field, err := strconv.ParseUint(fields[i], 10, 16)
		if err != nil {
			return 0, false
		}
		n |= field
	}
	return n, true
}
