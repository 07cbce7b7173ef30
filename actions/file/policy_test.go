package file

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/internal/fileversion"
)

var update = flag.Bool("update", false, "rewrite golden files")

// sides are the situations that a decision can meet.
type sides struct {
	name     string
	old, new *content
	shipped  bool
}

func side(says, flags, sum string, day int) *content {
	c := &content{modified: time.Date(1999, 6, day, 12, 0, 0, 0, time.UTC)}
	c.facts = actions.Facts{Size: int64(100 + len(sum)), SHA256: sum, Modified: c.modified.Format(time.RFC3339Nano)}
	if says != "" {
		scheme, text, _ := strings.Cut(says, ":")
		c.version = version{Version: fileversion.Version{Scheme: scheme, Text: text}, known: true}
		if flags != "" {
			c.version.Flags = []string{flags}
		}
		c.facts.Version, c.facts.Scheme = text, scheme
	}
	return c
}

func situations() []sides {
	return []sides{
		{"missing", nil, side("pe:1.0.0.0", "", "new", 1), false},
		{"identical", side("pe:1.0.0.0", "", "same", 1), side("pe:1.0.0.0", "", "same", 9), false},
		{"later version", side("pe:5.5.1960.4", "", "old", 9), side("pe:5.5.2650.24", "", "new", 1), false},
		{"earlier version", side("pe:5.5.2650.24", "", "old", 1), side("pe:5.5.1960.4", "", "new", 9), false},
		{"same version, other content", side("pe:1.2.3.4", "", "old", 1), side("pe:1.2.3.4", "patched", "new", 9), false},
		{"another scheme", side("deb:1.2-3", "", "old", 1), side("pe:1.2.3.4", "", "new", 9), false},
		{"unreadable version", side("pe:1.2.3.4.five", "", "old", 1), side("pe:1.2.3.4", "", "new", 9), false},
		{"only the new has a version", side("", "", "old", 9), side("pe:1.0.0.0", "", "new", 1), false},
		{"only the old has a version", side("pe:1.0.0.0", "", "old", 1), side("", "", "new", 9), false},
		{"no versions, new is later", side("", "", "old", 1), side("", "", "new", 9), false},
		{"no versions, same date", side("", "", "old", 5), side("", "", "new", 5), false},
		{"no versions, new is earlier", side("", "", "old", 9), side("", "", "new", 1), false},
		{"no versions, earlier, old is as shipped", side("", "", "old", 9), side("", "", "new", 1), true},
	}
}

// TestDecide holds every policy against every situation, as a table that
// people can check.
func TestDecide(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, s := range situations() {
		fmt.Fprintf(&b, "%s\n", s.name)
		for _, p := range policies {
			modes := []string{byDate}
			if (p == ifNewer || p == ifNewerOrEqual) && strings.HasPrefix(s.name, "no versions") {
				modes = []string{byDate, keepUnversioned, replaceUnversioned, known, refuseUnversioned}
			}
			for _, u := range modes {
				j := judge{policy: p, unversioned: u}
				if s.shipped {
					j.shipped = []string{"other", s.old.facts.SHA256}
				}
				v := j.decide(s.old, *s.new)
				name := p
				if len(modes) > 1 {
					name += ", " + u
				}
				kind := strings.TrimPrefix(v.kind, "file.")
				if kind == "" {
					kind = "REFUSED"
				}
				fmt.Fprintf(&b, "  %-27s %-8s %-27s %s\n", name, kind, v.rule, v.reason)
			}
		}
	}
	compareGolden(t, filepath.Join("testdata", "decisions.golden"), b.String())
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (rewrite with -update):\n%s", name, d)
	}
}

func TestCompareDates(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, c := range map[string]struct {
		a, b string
		want int
	}{
		"whole seconds differ":                   {"1999-01-01T00:00:01Z", "1999-01-01T00:00:00Z", 1},
		"one side keeps whole seconds":           {"1999-01-01T00:00:01.9Z", "1999-01-01T00:00:01Z", 0},
		"one side keeps milliseconds":            {"1999-01-01T00:00:01.123456Z", "1999-01-01T00:00:01.123Z", 0},
		"one side keeps 100 ns":                  {"1999-01-01T00:00:01.123456789Z", "1999-01-01T00:00:01.1234567Z", 0},
		"both keep nanoseconds":                  {"1999-01-01T00:00:01.123456788Z", "1999-01-01T00:00:01.123456789Z", -1},
		"a whole second is later than a part":    {"1999-01-01T00:00:02Z", "1999-01-01T00:00:01.999Z", 1},
		"milliseconds that differ count as such": {"1999-01-01T00:00:01.124Z", "1999-01-01T00:00:01.123456Z", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := compareDates(at(c.a), at(c.b)); got != c.want {
				t.Errorf("compareDates(%s, %s) = %d, want %d", c.a, c.b, got, c.want)
			}
			if got := compareDates(at(c.b), at(c.a)); got != -c.want {
				t.Errorf("the other way round: %d, want %d", got, -c.want)
			}
		})
	}
}
