package file

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"quiesce/host"
)

const maxName = 255 // bytes of one name, on every common file system

// ownName matches the names under which runs stage files and keep backups.
var ownName = regexp.MustCompile(`^\..+\.quiesce-[A-Za-z0-9-]+(\.old)?$`)

// isOwn tells whether some run of Quiesce keeps its own file under this name.
func isOwn(name string) bool { return ownName.MatchString(path.Base(name)) }

// stageName returns the name beside name that a step of a run works under. The
// leading dot keeps it out of what globs such as *.conf pick up; the step is
// in it because two steps of a run may replace the same file.
func stageName(name, run, step string) string {
	dir, base := path.Split(name)
	tail := ".quiesce-" + run + "-" + short(step)
	if room := maxName - len("."+tail+asideSuffix); len(base) > room {
		base = clip(base, room-9) + "~" + short(base)
	}
	return dir + "." + base + tail
}

// asideSuffix ends the name of an old file that was renamed away because its
// file system cannot exchange two names.
const asideSuffix = ".old"

func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

// clip cuts s to at most n bytes without cutting a character.
func clip(s string, n int) string {
	n = max(n, 0)
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:min(n, len(s))]
}

// checkName says why a file of a pack cannot have this name on the host, or "".
func checkName(flavour host.Flavour, base string) string {
	switch {
	case !utf8.ValidString(base):
		return "its name is not UTF-8, and a plan could not tell it exactly"
	case len(base) > maxName:
		return fmt.Sprintf("its name is longer than %d bytes", maxName)
	case flavour != host.Windows:
		return ""
	case strings.ContainsAny(base, `<>:"|?*\`) || strings.ContainsFunc(base, func(r rune) bool { return r < ' ' }):
		return "its name has a character that Windows does not allow"
	case strings.HasSuffix(base, ".") || strings.HasSuffix(base, " "):
		return "its name ends in a dot or a space, which Windows drops"
	case reserved.MatchString(base):
		return "its name is that of a device on Windows"
	}
	return ""
}

var reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?$`)
