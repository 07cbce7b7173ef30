package runbooks_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	. "quiesce/runbooks"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	got, err := Schema(actions())
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/schema.golden.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("schema (-want +got):\n%s", d)
	}
	for range 5 {
		if again, err := Schema(actions()); err != nil || !bytes.Equal(again, got) {
			t.Fatal("the schema is not always the same")
		}
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema(actions())
	if err != nil {
		t.Fatal(err)
	}
	data, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("runbook.json", data); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("runbook.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestSchemaAccepts: what Parse and Check take, the schema takes.
func TestSchemaAccepts(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for name, src := range map[string]string{
		"everything": complete, "inputs": withInputs, "many steps": string(document(40)),
		"conditions": strings.ReplaceAll(conditional, "%s", "inputs.port == 80"),
		"references where numbers, lists and flags stand": `version: 1
name: n
inputs: {n: {type: int}, l: {type: list}, b: {type: bool}, d: {type: duration}, c: {}}
steps:
  - {id: a, action: stop-services, with: {services: "${{ inputs.l }}", force: "${{ inputs.b }}", timeout: "${{ inputs.d }}", dependents: "${{ inputs.c }}"}}
  - {id: b, action: check, with: {http: {url: x, status: "${{ inputs.n }}"}}, hold: true, needs: []}
  - {id: c, action: check, with: {http: {url: x, status: "2${{ inputs.n }}"}}, for-each: "${{ inputs.l }}", as: x}
  - {id: d, action: apply-files, with: {source: a, to: b, overwrite: {default: always, rules: [{paths: ["*"], policy: "${{ inputs.c }}"}]}}}
`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parseAndCheck(t, src)
			if err := validate(t, schema, src); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSchemaRefuses: of the bad documents, the schema refuses those whose
// mistake is one of shape. The list says which it cannot see, so that one that
// it no longer sees is noticed.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	blind := map[string]bool{
		"input-enum": true, "input-pattern": true, "input-reference": true, "input-required-default": true, "input-secret": true,
		"needs-cycle": true, "needs-itself": true, "needs-unknown": true, "step-reference-in-name": true, "step-repeated-id": true,
		"reference-secret": true, "reference-syntax": true, "reference-unknown": true,
		"when-names": true, "when-order": true, "when-types": true, "for-each-outputs": true,
		"yaml-tag": true, "yaml-two-documents": true, "yaml-merge-key": true,
	}
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var data any
		if yaml.Unmarshal(archive.Files[0].Data, &data) != nil {
			continue // no YAML, or repeated keys
		}
		err = validate(t, schema, string(archive.Files[0].Data))
		if (err == nil) != blind[name] {
			t.Errorf("%s: the schema says %v", name, err)
		}
		seen++
	}
	if seen < 40 {
		t.Errorf("only %d bad documents were YAML", seen)
	}
}

func validate(t *testing.T, schema *jsonschema.Schema, src string) error {
	t.Helper()
	var data any
	if err := yaml.Unmarshal([]byte(src), &data); err != nil {
		t.Fatal(err)
	}
	return schema.Validate(data)
}

func TestSchemaOfListDefaults(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	const src = "version: 1\nname: n\ninputs: {l: {type: list, default: %s}}\nsteps:\n  - {id: a, action: check, with: {http: {url: x}}}\n"
	if err := validate(t, schema, strings.Replace(src, "%s", "[1, 2]", 1)); err == nil {
		t.Error("numbers are taken, which validate refuses")
	}
	if err := validate(t, schema, strings.Replace(src, "%s", `["1", b]`, 1)); err != nil {
		t.Error(err)
	}
}
