package report

import (
	"fmt"
	"slices"
	"strings"

	"quiesce/actions"
)

// keepsShown is how many files of one rule that are left alone are listed one
// by one; more are folded.
const keepsShown = 5

// changes writes the changes of a step, one line each; files that are left
// alone come last, folded by rule.
func (p *page) changes(all []actions.Change) {
	var shown []actions.Change
	kept := map[string][]actions.Change{}
	var rules []string
	for _, c := range all {
		if c.Kind != actions.FileKeep {
			shown = append(shown, c)
			continue
		}
		if kept[c.Rule] == nil {
			rules = append(rules, c.Rule)
		}
		kept[c.Rule] = append(kept[c.Rule], c)
	}
	verbs, subjects := p.widths(shown)
	for _, c := range shown {
		p.change(c, verbs, subjects)
	}
	slices.Sort(rules)
	for _, rule := range rules {
		p.keeps(rule, kept[rule])
	}
}

// widths are the columns of verbs and subjects. A very long subject does not
// push all others apart.
func (p *page) widths(shown []actions.Change) (verbs, subjects int) {
	most := 48
	if p.Width > 0 {
		most = max(20, p.Width/2)
	}
	for _, c := range shown {
		verbs = max(verbs, columns(symbolOf(c.Kind).verb))
		if n := columns(Visible(c.Subject)); n <= most {
			subjects = max(subjects, n)
		}
	}
	return verbs, subjects
}

// change writes one change. What does not fit on the line goes below it.
func (p *page) change(c actions.Change, verbs, subjects int) {
	sym := symbolOf(c.Kind)
	head := "     " + p.paint(sym.tint, p.glyph(sym.mark, sym.ascii)+" "+pad(sym.verb, verbs)) + "  "
	subject := pad(Visible(c.Subject), subjects)
	facts, why := p.transition(c), Visible(reason(c))
	if c.Fidelity == actions.Opaque {
		why = join([]string{"opaque", why}, ": ")
	}
	switch {
	case c.Irreversible:
		why = join([]string{"cannot be taken back", why}, "; ")
	case notUndone(c):
		why = join([]string{"not undone", why}, "; ")
	}
	indent := 5 + 2 + verbs + 2
	used := indent + columns(subject)
	room := func(text string) bool { return p.Width == 0 || used+2+columns(text) <= p.Width }
	line := head + subject
	if facts != "" && room(facts) {
		line, used, facts = line+"  "+facts, used+2+columns(facts), ""
	}
	if facts == "" && why != "" && room(why) {
		line, why = line+"  "+p.paint(dim, why), ""
	}
	p.line(strings.TrimRight(line, " "))
	for _, rest := range []string{facts, why} {
		if rest != "" {
			p.para(strings.Repeat(" ", indent+2), dim, rest)
		}
	}
}

// notUndone tells whether a change alters the host and a rollback brings
// nothing of it back, though it does not stop there either.
func notUndone(c actions.Change) bool {
	return actions.Alters(c.Kind) && !c.Irreversible &&
		(strings.HasPrefix(c.Undo, "nothing") || strings.HasPrefix(c.Undo, "none"))
}

// keeps writes the files that one rule leaves alone. What is identical is only
// counted: there is nothing to decide about it.
func (p *page) keeps(rule string, files []actions.Change) {
	mark := "     " + p.paint(dim, "= ")
	what := plural(len(files), "file") + " " + ruleText(rule)
	if rule == "identical" {
		p.line(mark, p.paint(dim, what))
		return
	}
	p.line(mark, p.paint(dim, what+":"))
	for _, c := range files[:min(keepsShown, len(files))] {
		p.para("         "+Visible(c.Subject)+"  ", dim, Visible(c.Reason))
	}
	if rest := len(files) - keepsShown; rest > 0 {
		p.line("         ", p.paint(dim, fmt.Sprintf("and %s more (all of them: --format json)", grouped(int64(rest)))))
	}
}

// ruleText says in words why files are left alone.
func ruleText(rule string) string {
	switch rule {
	case "identical":
		return "identical"
	case "not-later-version":
		return "left alone, the pack's version is not later"
	case "not-later-date":
		return "left alone, the pack's date is not later"
	case "policy-never":
		return "left alone by policy never"
	case "modified":
		return "left alone, changed since they were shipped"
	}
	return "left alone (" + rule + ")"
}
