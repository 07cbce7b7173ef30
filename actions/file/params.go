package file

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"quiesce/actions"
	"quiesce/host"
)

var policies = []string{ifNewer, ifNewerOrEqual, ifDifferent, ifMissing, ifUnmodified, always, never, refuse}

// What is done about open files.
const (
	inUseRename = "rename"
	inUseWait   = "wait"
	inUseFail   = "fail"
	inUseReboot = "on-reboot"
)

// action is one step with this verb.
type action struct {
	source, to         string
	policy             string
	rules              []rule
	unversioned, inUse string
	remove             []string
	owner, mode        string
}

// rule gives what its globs match a policy of its own.
type rule struct {
	paths  []string
	policy string
}

func newAction(step actions.StepParams) (actions.Action, error) {
	v := step.Params.Values
	a := &action{
		source: text(v["source"], ""), to: text(v["to"], ""), policy: ifNewer,
		unversioned: text(v["unversioned"], byDate), inUse: text(v["in-use"], inUseRename),
		remove: texts(v["remove"]), owner: text(v["owner"], ""), mode: text(v["mode"], ""),
	}
	switch o := v["overwrite"].(type) {
	case nil:
	case string:
		a.policy = o
	case map[string]any:
		a.policy = text(o["default"], ifNewer)
		rules, _ := o["rules"].([]any)
		for i, r := range rules {
			fields, ok := r.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("overwrite: rule %d is %T, not an object", i+1, r)
			}
			a.rules = append(a.rules, rule{texts(fields["paths"]), text(fields["policy"], "")})
		}
	default:
		return nil, fmt.Errorf("overwrite: is %T, neither a policy nor rules", o)
	}
	return a, nil
}

func text(v any, otherwise string) string {
	if s, ok := v.(string); ok && s != "" {
		return s
	}
	return otherwise
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, text(e, ""))
	}
	return out
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
