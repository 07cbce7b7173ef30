package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"quiesce/executor/plan"
	"quiesce/runbooks"
)

// inputOptions are the flags that give inputs.
type inputOptions struct {
	given []string // name=value
	file  string
}

func (o *inputOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&o.given, "input", nil, "an input as `name=value` (can be repeated)")
	cmd.Flags().StringVar(&o.file, "inputs", "", "a YAML or JSON `FILE` of inputs")
}

// texts are the values of --input by name.
func (o *inputOptions) texts() (map[string]string, error) {
	texts := map[string]string{}
	for _, given := range o.given {
		name, value, ok := strings.Cut(given, "=")
		if !ok || name == "" {
			// What was given may be a secret.
			return nil, usage("--input wants name=value")
		}
		if _, twice := texts[name]; twice {
			return nil, usage("--input %s is given twice", name)
		}
		texts[name] = value
	}
	return texts, nil
}

// values are those of the file of --inputs by name.
func (a *app) inputValues(o inputOptions) (map[string]any, error) {
	if o.file == "" {
		return map[string]any{}, nil
	}
	a.private[o.file] = true
	data, err := readLimited(o.file, maxDocument)
	if err != nil {
		return nil, fmt.Errorf("read inputs: %w", err)
	}
	values, list := runbooks.ParseInputs(o.file, data, runbooks.Limits{})
	return values, list.Err()
}

// inputs are all values given: those of the command line go before the file's.
func (a *app) inputs(o inputOptions) (map[string]any, error) {
	texts, err := o.texts()
	if err != nil {
		return nil, err
	}
	values, err := a.inputValues(o)
	if err != nil {
		return nil, err
	}
	for name, text := range texts {
		values[name] = runbooks.Text(text)
	}
	return values, nil
}

// bind gives the inputs to a runbook and remembers the secret ones.
func (a *app) bind(rb *runbooks.Runbook, o inputOptions) (*runbooks.Bound, error) {
	values, err := a.inputs(o)
	if err != nil {
		return nil, err
	}
	bound, list := rb.BindValues(values)
	if bound != nil {
		a.secrets.add(bound.Secrets)
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	return bound, nil
}

// secretsOf asks the flags for the secret inputs of a plan, which are never
// written down. Its other inputs stand in the plan and cannot be given again.
func (a *app) secretsOf(p *plan.Plan, o inputOptions) (map[string]string, error) {
	texts, err := o.texts()
	if err != nil {
		return nil, err
	}
	values, err := a.inputs(o)
	if err != nil {
		return nil, err
	}
	secrets := map[string]string{}
	var missing []string
	for _, name := range secretNames(p) {
		if text, ok := secretText(values[name]); ok {
			if text != "" && !runbooks.MaskableSecret(text) {
				return nil, fmt.Errorf("the secret input %s is too short to be kept out of what is printed", name)
			}
			secrets[name] = text
		} else {
			missing = append(missing, name)
		}
	}
	a.secrets.add(secrets)
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if _, ok := secrets[name]; !ok {
			return nil, notSecret(p, name)
		}
	}
	if len(missing) > 0 {
		return nil, hinted(fmt.Errorf("the plan has secret inputs, which are never kept: %s", strings.Join(missing, ", ")),
			"give them again with --input "+missing[0]+"=… or in a file with --inputs FILE")
	}
	return secrets, nil
}

// secretText is the value of a secret as it was typed or stands in a file.
func secretText(value any) (string, bool) {
	switch v := value.(type) {
	case runbooks.Text:
		return string(v), true
	case *runbooks.Value:
		return v.Text, v.Kind == runbooks.Scalar
	}
	return "", false
}

// notSecret says why an input cannot be given to a plan.
func notSecret(p *plan.Plan, name string) error {
	if _, ok := p.Inputs[name]; ok {
		return hinted(fmt.Errorf("--input %s: the plan was made with a value of its own", name), "plan again to change it; only secret inputs are given again")
	}
	err := fmt.Errorf("--input %s: the plan has no such input", name)
	if meant := meant(name, secretNames(p)); meant != "" {
		return hinted(err, "did you mean "+meant+"?")
	}
	return hinted(err, "leave it out")
}

// secretNames are the secret inputs of a plan.
func secretNames(p *plan.Plan) []string {
	var names []string
	for name, value := range p.Inputs {
		if m, ok := value.(map[string]any); ok && m["secret"] == true {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
