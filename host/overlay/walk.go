package overlay

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"quiesce/host"
)

// place is where a name leads to.
type place struct {
	parent *node   // nil for the tree's own directory
	name   string  // last element, links followed
	node   *node   // nil if nothing has this name
	path   string  // relative to the tree, links followed
	above  []*node // the directories that lead there, parent last
}

// check refuses names that no tree accepts.
func check(f host.Flavour, name string) error {
	switch {
	case name == ".":
		return nil
	case strings.HasPrefix(name, "/"), f == host.Windows && f.IsAbs(name):
		return fmt.Errorf("absolute name: %w", host.ErrOutside)
	case f == host.Windows && strings.ContainsAny(name, `\:`), strings.ContainsRune(name, 0):
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

// walk finds the place of a name below root. With follow, a link as the last
// element is followed too.
func (f *files) walk(root *node, name string, follow bool) (place, error) {
	if err := check(f.w.flavour, name); err != nil {
		return place{}, err
	}
	todo := strings.Split(name, "/")
	stack, names, links := []*node{root}, []string(nil), 0
	for len(todo) > 0 {
		part, top := todo[0], stack[len(stack)-1]
		todo = todo[1:]
		if !top.isDir() {
			return place{}, syscall.ENOTDIR
		}
		if top.denied != nil {
			return place{}, top.denied
		}
		switch part {
		case "", ".":
			continue
		case "..":
			if len(names) == 0 {
				return place{}, host.ErrOutside
			}
			stack, names = stack[:len(stack)-1], names[:len(names)-1]
			continue
		}
		n, err := f.lookup(top, part)
		if err != nil {
			return place{}, err
		}
		if n == nil {
			if len(todo) > 0 {
				return place{}, fs.ErrNotExist
			}
			return place{top, part, nil, path.Join(append(names, part)...), stack}, nil
		}
		if n.isLink() && (follow || len(todo) > 0) {
			if links++; links > maxLinks {
				return place{}, syscall.ELOOP
			}
			if f.w.flavour.IsAbs(n.target) || strings.HasPrefix(n.target, "/") {
				return place{}, host.ErrOutside
			}
			todo = append(f.parts(n.target), todo...)
			continue
		}
		stack, names = append(stack, n), append(names, part)
	}
	return end(stack, names), nil
}

// end is the place of a node that exists.
func end(stack []*node, names []string) place {
	last := len(names) - 1
	if last < 0 {
		return place{name: ".", node: stack[0], path: "."}
	}
	return place{stack[last], names[last], stack[last+1], path.Join(names...), stack[:last+1]}
}

// parts splits the target of a link.
func (f *files) parts(target string) []string {
	if f.w.flavour == host.Windows {
		target = strings.ReplaceAll(target, `\`, "/")
	}
	return strings.Split(target, "/")
}

// within tells whether the place lies in n or below it.
func (p place) within(n *node) bool { return p.node == n || slices.Contains(p.above, n) }
