package runbooks

import (
	"fmt"
	"strings"
)

// secretReference is how a resolved parameter shows a secret input.
func secretReference(name string) string { return opening + " inputs." + name + " " + closing }

// ExpandSecrets replaces the references to secret inputs that Resolve has left
// in a text by their values. It is called where a value is used, and nowhere
// else. A reference to anything else is an error, which shows no value.
func ExpandSecrets(text string, secrets map[string]string) (string, error) {
	if !strings.Contains(text, opening) {
		return text, nil
	}
	parts, _, complaint := splitReferences(text)
	if complaint != "" {
		return "", fmt.Errorf("expand secrets: %s", complaint)
	}
	var b strings.Builder
	for _, p := range parts {
		if p.path == nil {
			b.WriteString(p.text)
			continue
		}
		value, ok := "", false
		if len(p.path) == 2 && p.path[0] == "inputs" {
			value, ok = secrets[p.path[1]]
		}
		if !ok {
			return "", fmt.Errorf("expand secrets: %s is no secret input that has a value", p.name())
		}
		b.WriteString(value)
	}
	return b.String(), nil
}
