package report

import (
	"fmt"
	"strings"
	"time"

	"quiesce/actions"
)

// transition says what a change makes of what: the old facts, an arrow, the
// new ones; only what differs, and what tells the two apart.
func (s Style) transition(c actions.Change) string {
	if c.Kind == actions.FileKeep {
		return ""
	}
	if c.Old == nil || c.New == nil {
		return Visible(lone(c))
	}
	var parts []string
	from, to := contents(c.Old, c.New)
	pair := func(label, a, b string) {
		if a != b && b != "" {
			parts = append(parts, strings.TrimSpace(label+" "+known(a)+" "+s.arrow()+" "+b))
		}
	}
	pair("", from, to)
	pair("", stateText(c.Old), stateText(c.New))
	pair("mode", c.Old.Mode, c.New.Mode)
	pair("owner", c.Old.Owner, c.New.Owner)
	return Visible(strings.Join(parts, ", "))
}

// known stands for what is not known by a word.
func known(text string) string {
	if text == "" {
		return "?"
	}
	return text
}

// lone describes the one side that a creation, a removal or a finding has.
func lone(c actions.Change) string {
	f := c.New
	if f == nil {
		f = c.Old
	}
	if f == nil {
		return ""
	}
	parts := []string{content(f, false), stateText(f)}
	if c.Kind == actions.FileCreate && f.Mode != "" && f.Mode != "0644" {
		parts = append(parts, "mode "+f.Mode)
	}
	if c.Kind == actions.FileCreate && f.Owner != "" {
		parts = append(parts, "owner "+f.Owner)
	}
	if f.PID != 0 {
		parts = append(parts, fmt.Sprintf("process %d", f.PID))
	}
	parts = append(parts, f.Evidence)
	return join(parts, ", ")
}

// contents describes two states of a file in the same terms: their versions,
// if they differ; else sizes and dates.
func contents(a, b *actions.Facts) (from, to string) {
	if a.Version != b.Version && (a.Version != "" || b.Version != "") {
		return content(a, false), content(b, false)
	}
	day := time.DateOnly
	if date(a, day) == date(b, day) {
		day = "2006-01-02 15:04:05Z"
	}
	return sized(a, day), sized(b, day)
}

func content(f *actions.Facts, exact bool) string {
	if f.Version != "" && !exact {
		return f.Version
	}
	return sized(f, time.DateOnly)
}

// sized describes a file without a version.
func sized(f *actions.Facts, layout string) string {
	switch {
	case f.Type == "directory":
		return "directory"
	case f.Type == "symlink":
		return "link to " + f.Target
	case f.SHA256 == "" && f.Modified == "" && f.Size == 0:
		return ""
	}
	return join([]string{grouped(f.Size) + " B", date(f, layout)}, " ")
}

// date shows when a file was modified, as it stands if it is no date.
func date(f *actions.Facts, layout string) string {
	t, err := time.Parse(time.RFC3339Nano, f.Modified)
	if err != nil {
		return f.Modified
	}
	return t.UTC().Format(layout)
}

func stateText(f *actions.Facts) string {
	return join([]string{f.State, startText(f.Start)}, ", ")
}

func startText(start string) string {
	if start == "" || start == "held" {
		return start
	}
	return "start " + start
}

func join(parts []string, sep string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, sep)
}

// reason is the reason of a change, shorter where it repeats the transition.
func reason(c actions.Change) string {
	if c.Old == nil || c.New == nil || c.Kind != actions.FileReplace {
		return c.Reason
	}
	if rest, ok := strings.CutPrefix(c.Reason, c.New.Version+" is later than "+c.Old.Version); ok && c.New.Version != "" {
		return "later version" + rest
	}
	if rest, ok := strings.CutPrefix(c.Reason, "modified "+c.New.Modified+", later than "+c.Old.Modified); ok && c.New.Modified != "" {
		return "later date" + rest
	}
	return c.Reason
}
