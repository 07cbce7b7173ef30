package crash

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"quiesce/host"
)

// maxLinks is how many symbolic links one name may lead through.
const maxLinks = 8

// place is where a name leads to.
type place struct {
	dir   uint64   // 0 for the tree's own directory
	name  string   // last element, links followed
	inode uint64   // 0 if nothing has this name
	above []uint64 // the directories that lead there, dir last
}

// check refuses names that no tree accepts.
func check(name string) error {
	switch {
	case name == ".":
		return nil
	case strings.HasPrefix(name, "/"):
		return fmt.Errorf("absolute name: %w", host.ErrOutside)
	case strings.ContainsRune(name, 0):
		return fmt.Errorf("forbidden character: %w", fs.ErrInvalid)
	}
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "..":
			return host.ErrOutside
		case part == "" || part == ".":
			return fmt.Errorf("empty element: %w", fs.ErrInvalid)
		case len(part) > 255:
			return syscall.ENAMETOOLONG
		}
	}
	return nil
}

// walk finds the place of a name below a directory. With follow, a link as the
// last element is followed too.
func (im image) walk(from uint64, name string, follow bool) (place, error) {
	if err := check(name); err != nil {
		return place{}, err
	}
	todo := strings.Split(name, "/")
	stack, names, links := []uint64{from}, []string{"."}, 0
	for len(todo) > 0 {
		top, part := stack[len(stack)-1], todo[0]
		todo = todo[1:]
		if !im[top].mode.IsDir() {
			return place{}, syscall.ENOTDIR
		}
		switch part {
		case "", ".":
			continue
		case "..":
			if len(stack) == 1 {
				return place{}, host.ErrOutside
			}
			stack, names = stack[:len(stack)-1], names[:len(names)-1]
			continue
		}
		number := im[top].names[part]
		switch {
		case number == 0 && len(todo) > 0:
			return place{}, fs.ErrNotExist
		case number == 0:
			return place{top, part, 0, stack}, nil
		case im[number].target != "" && (follow || len(todo) > 0):
			if links++; links > maxLinks {
				return place{}, syscall.ELOOP
			}
			if strings.HasPrefix(im[number].target, "/") {
				return place{}, host.ErrOutside
			}
			todo = append(strings.Split(im[number].target, "/"), todo...)
			continue
		}
		stack, names = append(stack, number), append(names, part)
	}
	last := len(stack) - 1
	if last == 0 {
		return place{inode: from, name: "."}, nil
	}
	return place{stack[last-1], names[last], stack[last], stack[:last]}, nil
}

// within tells whether the place is that inode or lies below it.
func (p place) within(number uint64) bool {
	if p.inode == number {
		return true
	}
	for _, above := range p.above {
		if above == number {
			return true
		}
	}
	return false
}
