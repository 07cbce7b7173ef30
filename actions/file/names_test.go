package file

import (
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"quiesce/host"
)

func TestStageName(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]string{
		"at the top":       "store.exe",
		"in a folder":      "bin/store.exe",
		"a dot file":       "etc/.profile",
		"a long name":      "bin/" + strings.Repeat("x", 255),
		"a long wide name": strings.Repeat("é", 127),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := stageName(at, "20260101t000000-ab12", "apply")
			if path.Dir(got) != path.Dir(at) {
				t.Errorf("%s is not beside %s", got, at)
			}
			if !isOwn(got) || !isOwn(got+asideSuffix) {
				t.Errorf("%s is not known as a name of our own", got)
			}
			if n := len(path.Base(got + asideSuffix)); n > maxName {
				t.Errorf("%d bytes are too long", n)
			}
			if !utf8.ValidString(got) {
				t.Errorf("%q is cut in the middle of a character", got)
			}
		})
	}
	t.Run("two steps of a run, and two long names, do not meet", func(t *testing.T) {
		t.Parallel()
		long := strings.Repeat("x", 254)
		if stageName("a", "r", "one") == stageName("a", "r", "two") {
			t.Error("two steps share a name")
		}
		if stageName(long+"1", "r", "s") == stageName(long+"2", "r", "s") {
			t.Error("two files share a name")
		}
	})
	t.Run("other dot files are not ours", func(t *testing.T) {
		t.Parallel()
		for _, n := range []string{".bashrc", "a.quiesce-1", ".quiesce-1", ".a.quiesce-", ".a.quiesce-1.txt", "x/.a.quiesce/b"} {
			if isOwn(n) {
				t.Errorf("%s is taken for ours", n)
			}
		}
	})
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		posix, windows bool // allowed
	}{
		{"store.exe", true, true},
		{"con", true, false}, {"NUL", true, false}, {"COM1", true, false}, {"lpt9.txt", true, false}, {"Aux.tar.gz", true, false},
		{"CONIN$", true, false}, {"com¹", true, false}, {"nul .txt", true, false},
		{"console", true, true}, {"com10", true, true}, {"aux1", true, true},
		{"trailing.", true, false}, {"trailing ", true, false},
		{"a:b", true, false}, {"what?", true, false}, {`back\slash`, true, false}, {"bell\a", true, false},
		{"nicht-utf8-\xff", false, false}, {strings.Repeat("x", 256), false, false},
	} {
		if got := checkName(host.POSIX, c.name) == ""; got != c.posix {
			t.Errorf("%q on POSIX: allowed %v, want %v", c.name, got, c.posix)
		}
		if got := checkName(host.Windows, c.name) == ""; got != c.windows {
			t.Errorf("%q on Windows: allowed %v, want %v", c.name, got, c.windows)
		}
	}
}

func TestStaysInside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at, link string
		want     bool
	}{
		{"lib/a.so", "a.so.1", true}, {"lib/a.so", "../bin/x", true}, {"a", "b/c", true}, {"lib/deep/a", "../../b", true},
		{"a", "../b", false}, {"lib/a", "../../b", false}, {"lib/a", "/etc/passwd", false}, {"a", "", false},
		{"a", `..\b`, false}, {"a", "C:b", false}, {"a", "b/../../c", false},
	} {
		if got := staysInside(c.at, c.link); got != c.want {
			t.Errorf("staysInside(%s, %s) = %v, want %v", c.at, c.link, got, c.want)
		}
	}
}
