package builtin_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"quiesce/runbooks"
)

// TestSchema demands that the schema of the real actions accepts the runbooks
// of the guides, and refuses what the actions refuse.
func TestSchema(t *testing.T) {
	t.Parallel()
	schema := mustSchema(t)
	guides, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(guides) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	accepted := 0
	for _, guide := range guides {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range example.FindAllSubmatch(text, -1) {
			accepted++
			if err := schema.Validate(decode(t, m[1])); err != nil {
				t.Errorf("%s: %v", guide, err)
			}
		}
	}
	if accepted < 9 {
		t.Errorf("only %d runbooks stand in the guides", accepted)
	}
	for name, with := range map[string]string{
		"a required parameter is missing":   "action: stop-services, with: {}",
		"an unknown parameter":              "action: stop-services, with: {services: [a], timeout_sec: 30}",
		"a word that is no choice":          "action: stop-services, with: {services: [a], dependents: kill}",
		"an empty list":                     "action: stop-services, with: {services: []}",
		"both of two":                       "action: start-services, with: {services: [a], stopped-by: b}",
		"none of several":                   "action: check, with: {retries: 1}",
		"a selector without any property":   "action: end-connections, with: {select: [{}]}",
		"a kind of clients that is unknown": "action: end-connections, with: {select: [ftp]}",
	} {
		doc := "version: 1\nname: n\nsteps:\n- {id: s, " + with + "}\n"
		if err := schema.Validate(decode(t, []byte(doc))); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func mustSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := runbooks.Schema(mustRegistry(t))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("runbook.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("runbook.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func decode(t *testing.T, src []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(src, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
