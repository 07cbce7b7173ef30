package file

import (
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"quiesce/actions"
	"quiesce/host"
	"quiesce/runbooks"
)

var policies = []string{ifNewer, ifNewerOrEqual, ifDifferent, ifMissing, ifUnmodified, always, never, refuse}

// What is done about open files.
const (
	inUseRename = "rename"
	inUseWait   = "wait"
	inUseFail   = "fail"
	inUseReboot = "on-reboot"
)

// What is done about a file that has other names.
const (
	hardLinksRefuse = "refuse"
	hardLinksBreak  = "break"
)

// action is one step with this verb.
type action struct {
	source, to         string
	policy             string
	rules              []rule
	unversioned, inUse string
	remove             []string
	owner, mode        string
	attributes         string
	hardLinks          string
}

// rule gives what its globs match a policy of its own.
type rule struct {
	paths  []string
	policy string
}

// given is what a runbook gives the step.
type given struct {
	Source      string   `param:"source"`
	To          string   `param:"to"`
	Overwrite   any      `param:"overwrite"`
	Unversioned string   `param:"unversioned"`
	InUse       string   `param:"in-use"`
	Remove      []string `param:"remove"`
	Owner       string   `param:"owner"`
	Mode        string   `param:"mode"`
	Attributes  string   `param:"attributes"`
	HardLinks   string   `param:"hard-links"`
}

func newAction(step actions.StepParams) (actions.Action, error) {
	var g given
	if err := step.Params.Decode(&g); err != nil {
		return nil, err
	}
	a := &action{
		source: g.Source, to: g.To, remove: g.Remove, owner: g.Owner, mode: g.Mode,
		unversioned: cmp.Or(g.Unversioned, byDate), inUse: cmp.Or(g.InUse, inUseRename),
		attributes: cmp.Or(g.Attributes, attributesKeep), hardLinks: cmp.Or(g.HardLinks, hardLinksRefuse),
	}
	return a, a.readOverwrite(g.Overwrite)
}

// readOverwrite takes one policy or rules.
func (a *action) readOverwrite(v any) error {
	var o struct {
		Default string `param:"default"`
		Rules   []struct {
			Paths  []string `param:"paths"`
			Policy string   `param:"policy"`
		} `param:"rules"`
	}
	switch v := v.(type) {
	case nil:
	case string:
		o.Default = v
	case map[string]any:
		if err := (runbooks.Params{Values: v}).Decode(&o); err != nil {
			return fmt.Errorf("overwrite: %w", err)
		}
	default:
		return fmt.Errorf("overwrite: is %T, neither a policy nor rules", v)
	}
	a.policy = cmp.Or(o.Default, ifNewer)
	for _, r := range o.Rules {
		a.rules = append(a.rules, rule{r.Paths, r.Policy})
	}
	return nil
}

var (
	modePattern  = regexp.MustCompile(`^0?[0-7]{3,4}$`)
	ownerPattern = regexp.MustCompile(`^[0-9]{1,9}:[0-9]{1,9}$`)
)

// check refuses what the types of the parameters let pass.
func (a *action) check(p *actions.Proposal, flavour host.Flavour) {
	if !flavour.IsAbs(a.to) {
		p.Refuse("to", "relative-path", "name a directory of the host from its root", "%s is not absolute on this host", a.to)
	}
	for _, r := range a.rules {
		checkGlobs(p, "overwrite", r.paths)
	}
	checkGlobs(p, "remove", a.remove)
	if a.mode != "" && !modePattern.MatchString(a.mode) {
		p.Refuse("mode", "bad-mode", `write it in octal and quoted, such as "0644"`, "%q is no mode", a.mode)
	}
	if a.owner != "" && !ownerPattern.MatchString(a.owner) {
		p.Refuse("owner", "bad-owner", `write numbers, such as "0:0"`, "%q is not uid:gid", a.owner)
	}
	if flavour == host.Windows && a.mode+a.owner != "" {
		p.Refuse(map[bool]string{true: "mode", false: "owner"}[a.mode != ""], "not-on-windows",
			"leave mode and owner out: new files get the rights of their folder", "a Windows host knows no mode and no uid:gid")
	}
}

func checkGlobs(p *actions.Proposal, param string, globs []string) {
	for _, g := range globs {
		switch {
		case !doublestar.ValidatePattern(g):
			p.Refuse(param, "bad-glob", "close every [ and {", "%q is no glob", g)
		case strings.HasPrefix(g, "/") || g == ".." || strings.HasPrefix(g, "../") || strings.Contains(g, "/../"):
			p.Refuse(param, "bad-glob", "globs match names below the folder, such as bin/*.dll", "%q leads out of the folder", g)
		}
	}
}

// policyOf returns the policy of a name in the pack.
func (a *action) policyOf(name string, flavour host.Flavour) (policy string, byRule int) {
	for i, r := range a.rules {
		if matches(r.paths, name, flavour) {
			return r.policy, i
		}
	}
	return a.policy, -1
}

// matches tells whether one of the globs, which are valid, matches name.
func matches(globs []string, name string, flavour host.Flavour) bool {
	for _, g := range globs {
		if flavour == host.Windows {
			g, name = strings.ReplaceAll(flavour.Key(g), `\`, "/"), flavour.Key(name)
		}
		if doublestar.MatchUnvalidated(g, name) {
			return true
		}
	}
	return false
}

// modeText writes permissions as a plan does: 0644, 04755.
func modeText(m fs.FileMode) string {
	bits := uint32(m.Perm())
	for flag, bit := range specialBits {
		if m&flag != 0 {
			bits |= bit
		}
	}
	return fmt.Sprintf("%#o", bits)
}

var specialBits = map[fs.FileMode]uint32{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000}

// permissions are the bits of a mode that modeText writes.
const permissions = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

func parseMode(s string) (fs.FileMode, error) {
	bits, err := strconv.ParseUint(s, 8, 16)
	if err != nil {
		return 0, fmt.Errorf("read mode %q: %w", s, err)
	}
	m := fs.FileMode(bits) & fs.ModePerm
	for flag, bit := range specialBits {
		if uint32(bits)&bit != 0 {
			m |= flag
		}
	}
	return m, nil
}

func parseOwner(s string) (uid, gid int, err error) {
	u, g, _ := strings.Cut(s, ":")
	if uid, err = strconv.Atoi(u); err == nil {
		gid, err = strconv.Atoi(g)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read owner %q: %w", s, err)
	}
	return uid, gid, nil
}
