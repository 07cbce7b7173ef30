package service

import (
	"strings"

	"quiesce/actions"
)

// byName is the reason of what a runbook names itself.
const byName = "named"

// choose returns the services that names and globs mean, each with the reason,
// and refuses what means none.
func (t *table) choose(p *actions.Proposal, patterns []string) map[string]string {
	chosen := map[string]string{}
	for _, pattern := range patterns {
		if !actions.ValidPattern(pattern) {
			p.Refuse("services", "bad-glob", `close every [ and {`, "%q is not a glob", pattern)
			continue
		}
		reason := byName
		if actions.IsGlob(pattern) {
			reason = "matches " + pattern
		}
		found := false
		for _, s := range t.services {
			if !actions.MatchName(t.flavour, pattern, s.Name) {
				continue
			}
			found = true
			if _, before := chosen[s.Name]; !before {
				chosen[s.Name] = reason
			}
		}
		if !found {
			t.refuseUnknown(p, pattern)
		}
	}
	return chosen
}

func (t *table) refuseUnknown(p *actions.Proposal, pattern string) {
	if actions.IsGlob(pattern) {
		p.Refuse("services", "unknown-service", actions.Known(namesOf(t.services)),
			"no service matches %s", pattern)
		return
	}
	p.Refuse("services", "unknown-service", t.suggest(pattern), "there is no service %s", pattern)
}

// suggest knows that people write the title of a service, or nearly its name.
func (t *table) suggest(name string) string {
	for _, s := range t.services {
		if strings.EqualFold(s.Title, name) {
			return "this is its title; its name is " + s.Name
		}
	}
	if near := actions.Closest(name, namesOf(t.services)); near != "" {
		return "did you mean " + near + "?"
	}
	return actions.Known(namesOf(t.services))
}
