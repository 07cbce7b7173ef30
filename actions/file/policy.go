package file

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"quiesce/actions"
	"quiesce/internal/fileversion"
)

// The overwrite policies.
const (
	ifNewer        = "if-newer"
	ifNewerOrEqual = "if-newer-or-equal"
	ifDifferent    = "if-different"
	ifMissing      = "if-missing"
	ifUnmodified   = "if-unmodified"
	always         = "always"
	never          = "never"
	refuse         = "refuse"
)

// What decides between files without versions.
const (
	byDate             = "by-date"
	keepUnversioned    = "keep"
	replaceUnversioned = "replace"
	known              = "known"
	refuseUnversioned  = "refuse"
)

// The rules that a plan names, beside policy-always and policy-never.
const (
	ruleMissing         = "missing"
	ruleLaterVersion    = "later-version"
	ruleNotLaterVersion = "not-later-version"
	ruleLaterDate       = "later-date"
	ruleNotLaterDate    = "not-later-date"
	ruleIdentical       = "identical"
	ruleDifferent       = "different"
	ruleUnmodified      = "unmodified"
	ruleModified        = "modified"
	ruleIncomparable    = "incomparable"
	ruleVersionedBeats  = "versioned-beats-unversioned"
	ruleAlways          = "policy-always"
	ruleNever           = "policy-never"
	ruleListed          = "listed"
)

// content is one side of a decision.
type content struct {
	facts    actions.Facts
	modified time.Time
	version  version
}

// verdict is a decision: a kind of change, or none if the file is refused.
type verdict struct {
	kind, rule, reason string
}

func create(rule, reason string) verdict  { return verdict{actions.FileCreate, rule, reason} }
func replace(rule, reason string) verdict { return verdict{actions.FileReplace, rule, reason} }
func keep(rule, reason string) verdict    { return verdict{actions.FileKeep, rule, reason} }
func refused(rule, reason string) verdict { return verdict{"", rule, reason} }

// judge decides by one policy; shipped are the contents that earlier runs put
// where old stands.
type judge struct {
	policy, unversioned string
	shipped             []string
}

// decide says what becomes of new where old stands; a nil old is missing.
func (j judge) decide(old *content, new content) verdict {
	switch {
	case old == nil && j.policy == never:
		return keep(ruleNever, "not there, and the policy is never")
	case old == nil:
		return create(ruleMissing, "not there yet")
	case same(old.facts, new.facts):
		return keep(ruleIdentical, "same content")
	}
	switch j.policy {
	case always:
		return replace(ruleAlways, "the policy is always")
	case never:
		return keep(ruleNever, "the policy is never")
	case ifMissing:
		return keep(ruleDifferent, "there already, with other content")
	case ifDifferent:
		return replace(ruleDifferent, "other content")
	case ifUnmodified:
		return j.unmodified(*old)
	case ifNewer, ifNewerOrEqual:
		return j.newer(*old, new)
	}
	return refused(ruleDifferent, fmt.Sprintf("the host has %s, the pack %s, and the policy is %s", told(*old), told(new), j.policy))
}

// newer replaces by a later version; which of two is later is never guessed.
func (j judge) newer(old, new content) verdict {
	switch {
	case new.version.known && !old.version.known:
		return replace(ruleVersionedBeats, fmt.Sprintf("has version %s, the file there has none", new.facts.Version))
	case old.version.known && !new.version.known:
		return keep(ruleVersionedBeats, fmt.Sprintf("has no version, the file there has %s", old.facts.Version))
	case !old.version.known:
		return j.withoutVersions(old, new)
	}
	order, comparable := fileversion.Compare(new.version.Version, old.version.Version)
	switch {
	case !comparable:
		return refused(ruleIncomparable, fmt.Sprintf("the versions cannot be compared: the host has %s, the pack %s", told(old), told(new)))
	case order > 0:
		return replace(ruleLaterVersion, fmt.Sprintf("%s is later than %s", flagged(new), flagged(old)))
	case order < 0:
		return keep(ruleNotLaterVersion, fmt.Sprintf("%s is earlier than %s", flagged(new), flagged(old)))
	case j.policy == ifNewerOrEqual:
		return replace(ruleDifferent, fmt.Sprintf("%s as there, with other content", flagged(new)))
	}
	return keep(ruleNotLaterVersion, fmt.Sprintf("%s as there, with other content", flagged(new)))
}

func (j judge) withoutVersions(old, new content) verdict {
	switch j.unversioned {
	case keepUnversioned:
		return keep(ruleNever, "neither has a version, and unversioned is keep")
	case replaceUnversioned:
		return replace(ruleAlways, "neither has a version, and unversioned is replace")
	case known:
		return j.unmodified(old)
	case refuseUnversioned:
		return refused(ruleIncomparable, fmt.Sprintf("neither has a version: the host has %s, the pack %s", told(old), told(new)))
	}
	switch order := compareDates(new.modified, old.modified); {
	case order > 0:
		return replace(ruleLaterDate, fmt.Sprintf("modified %s, later than %s", new.facts.Modified, old.facts.Modified))
	case order == 0 && j.policy == ifNewerOrEqual:
		return replace(ruleDifferent, fmt.Sprintf("modified %s as there, with other content", new.facts.Modified))
	case order == 0:
		return keep(ruleNotLaterDate, fmt.Sprintf("modified %s as there, with other content", new.facts.Modified))
	}
	return keep(ruleNotLaterDate, fmt.Sprintf("modified %s, earlier than %s", new.facts.Modified, old.facts.Modified))
}

func (j judge) unmodified(old content) verdict {
	if old.facts.SHA256 != "" && slices.Contains(j.shipped, old.facts.SHA256) {
		return replace(ruleUnmodified, "still as an earlier run put it there")
	}
	return keep(ruleModified, "not known to be as an earlier run put it there")
}

// same tells whether two things have one content; times and modes are none.
func same(a, b actions.Facts) bool {
	return a.Type == b.Type && a.Size == b.Size && a.SHA256 == b.SHA256 && a.Target == b.Target
}

// told names a file's version, or what it is known by without one.
func told(c content) string {
	switch {
	case c.version.known:
		return fmt.Sprintf("version %s (%s)", flagged(c), c.facts.Scheme)
	case c.facts.Type == typeSymlink:
		return "a link to " + c.facts.Target
	}
	return fmt.Sprintf("no version, %d bytes of %s", c.facts.Size, c.facts.Modified)
}

func flagged(c content) string {
	if len(c.version.Flags) == 0 {
		return c.facts.Version
	}
	return c.facts.Version + " (" + strings.Join(c.version.Flags, ", ") + ")"
}

// compareDates compares with the precision that both sides keep: a file system
// of whole seconds does not make a file look older than it is.
func compareDates(a, b time.Time) int {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond, 100} {
		if a.Nanosecond()%int(unit) == 0 || b.Nanosecond()%int(unit) == 0 {
			return a.Truncate(unit).Compare(b.Truncate(unit))
		}
	}
	return a.Compare(b)
}
