package actions_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"quiesce/actions"
	"quiesce/host"
)

func TestMatchName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		flavour       host.Flavour
		pattern, name string
		want          bool
	}{
		{host.Windows, "msexchangeIS", "MSExchangeIS", true},
		{host.POSIX, "nginx", "Nginx", false},
		{host.Windows, "MSEXCHANGE*", "MSExchangeDS", true},
		{host.POSIX, "php*-fpm.service", "php8.3-fpm.service", true},
		{host.POSIX, "{nginx,httpd}", "httpd", true},
		{host.POSIX, "{nginx,httpd}", "httpd2", false},
		// systemd escapes with a backslash: without a glob it is a letter like others.
		{host.POSIX, `dev-disk-a\x2db.swap`, `dev-disk-a\x2db.swap`, true},
	} {
		if got := actions.MatchName(test.flavour, test.pattern, test.name); got != test.want {
			t.Errorf("MatchName(%q, %q) = %v", test.pattern, test.name, got)
		}
	}
	for pattern, want := range map[string]bool{"": false, "a[": false, "a{b": false, "a*": true, `a\`: true} {
		if got := actions.ValidPattern(pattern); got != want {
			t.Errorf("ValidPattern(%q) = %v", pattern, got)
		}
	}
}

func TestClosest(t *testing.T) {
	t.Parallel()
	names := []string{"MSExchangeDS", "MSExchangeIS", "W3SVC", "web"}
	for name, want := range map[string]string{
		"msexchangeis": "MSExchangeIS", "MSExchangIS": "MSExchangeIS", "W3SCV": "", "W3SV": "W3SVC", "Spooler": "", "": "", "we": "web", "w": "",
	} {
		if got := actions.Closest(name, names); got != want {
			t.Errorf("Closest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	for want, names := range map[string][]string{
		"there is none":                                 nil,
		"known here: a, b":                              {"a", "b"},
		"known here: a, b, c, d, e, f, g, h, i":         strings.Split("abcdefghi", ""),
		"known here: a, b, c, d, e, f, g, h and 2 more": strings.Split("abcdefghij", ""),
	} {
		if got := actions.Known(names); got != want {
			t.Errorf("Known(%q) = %q, want %q", names, got, want)
		}
	}
}

func TestCannotTell(t *testing.T) {
	t.Parallel()
	var p actions.Proposal
	lacking := fmt.Errorf("list services: %w", errors.ErrUnsupported)
	if !p.CannotTell("services", "which services run", lacking) || len(p.Findings) != 1 {
		t.Fatalf("an unsupported operation gave %v", p.Findings)
	}
	if got, want := p.Findings[0].Message, "cannot tell which services run: list services: unsupported operation"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if p.CannotTell("services", "which services run", errors.New("disk on fire")) || len(p.Findings) != 1 {
		t.Error("another error became a finding as well")
	}
}
