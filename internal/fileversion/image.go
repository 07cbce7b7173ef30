package fileversion

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits of the Windows loader, or generous ones where it has none.
const (
	maxSections = 96
	maxEntries  = 4096 // of one resource directory
)

// file reads inside the bounds of a file, through one small buffer.
type file struct {
	r    io.ReaderAt
	size int64
	buf  [512]byte
}

// at returns n bytes at off, valid until the next call.
func (f *file) at(off int64, n int, what string) ([]byte, error) {
	if off < 0 || off > f.size-int64(n) {
		return nil, fmt.Errorf("%w: %s lies outside the file", ErrMalformed, what)
	}
	b := f.buf[:n]
	if got, err := f.r.ReadAt(b, off); got < n {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return b, nil
}

// records calls each with n records of width bytes from off on, until it
// returns false.
func (f *file) records(off int64, n, width int, what string, each func([]byte) bool) error {
	for n > 0 {
		chunk := min(n, len(f.buf)/width)
		b, err := f.at(off, chunk*width, what)
		if err != nil {
			return err
		}
		for i := range chunk {
			if !each(b[i*width : (i+1)*width]) {
				return nil
			}
		}
		n -= chunk
		off += int64(chunk * width)
	}
	return nil
}

// image is a PE file whose headers were read.
type image struct {
	*file
	sections  []section
	resources uint32 // virtual address of the resource directory, 0 if none
}

type section struct {
	address, rawSize, raw uint32
}

// image reads the headers; false means that the file is no PE file.
func (f *file) image() (*image, bool, error) {
	if f.size < 64 {
		return nil, false, nil
	}
	dos, err := f.at(0, 64, "the DOS header")
	if err != nil || string(dos[:2]) != "MZ" {
		return nil, false, err
	}
	header := int64(binary.LittleEndian.Uint32(dos[60:]))
	if header > f.size-4 {
		return nil, false, nil // a DOS program has other things there
	}
	if sig, err := f.at(header, 4, "the signature"); err != nil || string(sig) != "PE\x00\x00" {
		return nil, false, err
	}
	im := &image{file: f}
	return im, true, im.readHeaders(header + 4)
}

// readHeaders reads the file header at off and what follows it.
func (im *image) readHeaders(off int64) error {
	coff, err := im.at(off, 20, "the file header")
	if err != nil {
		return err
	}
	sections := int(binary.LittleEndian.Uint16(coff[2:]))
	optional := int(binary.LittleEndian.Uint16(coff[16:]))
	if sections > maxSections {
		return fmt.Errorf("%w: %d sections", ErrMalformed, sections)
	}
	if err := im.readOptional(off+20, optional); err != nil || im.resources == 0 {
		return err
	}
	im.sections = make([]section, 0, sections)
	return im.records(off+20+int64(optional), sections, 40, "the section table", func(b []byte) bool {
		im.sections = append(im.sections, section{
			address: binary.LittleEndian.Uint32(b[12:]),
			rawSize: binary.LittleEndian.Uint32(b[16:]),
			raw:     binary.LittleEndian.Uint32(b[20:]),
		})
		return true
	})
}

// readOptional finds the resource directory in the optional header at off.
func (im *image) readOptional(off int64, length int) error {
	const pe32, pe32plus = 0x10B, 0x20B
	b, err := im.at(off, min(length, 136), "the optional header")
	if err != nil {
		return err
	}
	if len(b) < 2 {
		return fmt.Errorf("%w: no optional header", ErrMalformed)
	}
	directories := 96
	switch magic := binary.LittleEndian.Uint16(b); magic {
	case pe32:
	case pe32plus:
		directories = 112
	default:
		return fmt.Errorf("%w: optional header of kind %#x", ErrMalformed, magic)
	}
	if len(b) < directories {
		return fmt.Errorf("%w: optional header of %d bytes", ErrMalformed, length)
	}
	const resource = 2 // IMAGE_DIRECTORY_ENTRY_RESOURCE
	if binary.LittleEndian.Uint32(b[directories-4:]) <= resource {
		return nil
	}
	if len(b) < directories+8*resource+8 {
		return fmt.Errorf("%w: optional header of %d bytes", ErrMalformed, length)
	}
	im.resources = binary.LittleEndian.Uint32(b[directories+8*resource:])
	return nil
}

// offset returns where in the file n bytes at a virtual address stand.
func (im *image) offset(address uint32, n int, what string) (int64, error) {
	for _, s := range im.sections {
		if address >= s.address && uint64(address-s.address)+uint64(n) <= uint64(s.rawSize) {
			return int64(s.raw) + int64(address-s.address), nil
		}
	}
	return 0, fmt.Errorf("%w: %s lies in no section", ErrMalformed, what)
}
