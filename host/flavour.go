package host

import (
	"path"
	"strings"
)

// Flavour is the rules of a host's paths. They do not depend on the machine
// that Quiesce runs on: a runbook for Windows plans on Linux.
type Flavour int

// The flavours.
const (
	POSIX Flavour = iota
	Windows
)

// IsAbs tells whether p names a place without regard to a current directory.
func (f Flavour) IsAbs(p string) bool {
	if f == POSIX {
		return strings.HasPrefix(p, "/")
	}
	return volume(p) != "" && len(p) > len(volume(p)) && isSlash(p[len(volume(p))])
}

// Clean returns the shortest equal path, with the flavour's own separators.
func (f Flavour) Clean(p string) string {
	if f == POSIX {
		return path.Clean(p)
	}
	vol := volume(p)
	rest := path.Clean(strings.ReplaceAll(p[len(vol):], `\`, "/"))
	return strings.ToUpper(vol) + strings.ReplaceAll(rest, "/", `\`)
}

// Join puts a slash-separated relative name below dir, as the flavour writes it.
func (f Flavour) Join(dir, name string) string {
	if name == "." || name == "" {
		return f.Clean(dir)
	}
	if f == POSIX {
		return path.Join(dir, name)
	}
	return f.Clean(dir + `\` + name)
}

// Split parts a clean path into its directory and its last element.
func (f Flavour) Split(p string) (dir, name string) {
	p = f.Clean(p)
	if f == POSIX {
		return path.Dir(p), path.Base(p)
	}
	i := strings.LastIndexByte(p, '\\')
	if i == len(volume(p)) {
		return p[:i+1], p[i+1:]
	}
	return p[:i], p[i+1:]
}

// Key returns a form of name that is equal for equal names.
func (f Flavour) Key(name string) string {
	if f == Windows {
		return strings.ToLower(name)
	}
	return name
}

func isSlash(c byte) bool { return c == '\\' || c == '/' }

// volume returns the drive ("C:") or the share ("\\server\share") that p begins with.
func volume(p string) string {
	if len(p) >= 2 && p[1] == ':' && (p[0]|0x20) >= 'a' && (p[0]|0x20) <= 'z' {
		return p[:2]
	}
	if len(p) > 2 && isSlash(p[0]) && isSlash(p[1]) {
		parts := strings.SplitN(strings.ReplaceAll(p[2:], "/", `\`), `\`, 3)
		if len(parts) >= 2 && parts[0] != "" && parts[1] != "" {
			return p[:2+len(parts[0])+1+len(parts[1])]
		}
	}
	return ""
}
