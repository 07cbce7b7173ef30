package report

import (
	"path"
	"slices"
	"strings"

	"quiesce/executor/plan"
)

// names makes the names of a plan visible where an error tells them: the error
// may have lines of its own, but a name is never broken into lines.
type names struct{ of *strings.Replacer }

// namesOf returns those names that have something to hide.
func namesOf(p *plan.Plan) names {
	var hiding []string
	for _, s := range p.Steps {
		for _, c := range s.Changes {
			if strings.ContainsFunc(c.Subject, hidden) {
				hiding = append(hiding, c.Subject, path.Base(strings.ReplaceAll(c.Subject, `\`, "/")))
			}
		}
	}
	// The whole path goes before its last name.
	slices.SortFunc(hiding, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, name := range hiding {
		if strings.ContainsFunc(name, hidden) {
			pairs = append(pairs, name, Visible(name))
		}
	}
	return names{strings.NewReplacer(pairs...)}
}

// visible is the text with its names made visible.
func (n names) visible(text string) string {
	if n.of == nil {
		return text
	}
	return n.of.Replace(text)
}
