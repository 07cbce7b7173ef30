package runbooks

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// object is a piece of a JSON Schema. Encoding sorts its keys.
type object = map[string]any

// durationPattern is what time.ParseDuration takes, without a sign.
const durationPattern = `^([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))*$|^0$`

// Schema returns the JSON Schema (2020-12) of runbooks with the actions of a
// catalog, indented, always the same bytes for the same catalog. Editors use it
// to complete and check. It is made from the tables that Parse and Check use;
// what only they can see, such as the order of steps, it leaves to them.
func Schema(c Catalog) ([]byte, error) {
	top := mapSchema(topKeys())
	top["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	top["title"] = "Quiesce runbook, version 1"
	top["required"] = []string{"version", "name", "steps"}
	properties := top["properties"].(object)
	properties["version"].(object)["const"] = 1
	properties["max-parallel"].(object)["minimum"] = 1
	properties["max-parallel"].(object)["maximum"] = maxParallel
	properties["inputs"] = described("inputs", topKeys(), object{
		"type": []string{"object", "null"}, "propertyNames": object{"pattern": namePattern.String()},
		"additionalProperties": object{"$ref": "#/$defs/input"},
	})
	properties["steps"] = described("steps", topKeys(), object{"type": "array", "minItems": 1, "items": object{"$ref": "#/$defs/step"}})
	defs := object{"input": inputSchema(), "step": stepSchema(c), "reference": object{
		"type": "string", "pattern": `^\$\{\{[^{}]*\}\}$`, "description": "A reference: ${{ inputs.name }}, ${{ steps.id.outputs.name }} or ${{ host.os }}.",
	}}
	for _, a := range c.Actions() {
		params := schemaOf(&a.Params)
		params["description"] = a.Doc
		defs["with-"+a.Name] = params
	}
	top["$defs"] = defs
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(top); err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return b.Bytes(), nil
}

// mapSchema is the schema of a map with the keys of a table.
func mapSchema[T any](keys []key[T]) object {
	properties := object{}
	for _, k := range keys {
		s := object{}
		if !k.raw {
			s = literalSchema(&k.typ)
		}
		if k.pattern != "" {
			s["pattern"] = k.pattern
		}
		s["description"] = k.doc
		properties[k.name] = s
	}
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

// described gives a schema the documentation of a key.
func described[T any](name string, keys []key[T], schema object) object {
	schema["description"] = findKey(keys, name).doc
	return schema
}

func inputSchema() object {
	s := mapSchema(inputKeys())
	s["type"] = []string{"object", "null"}
	properties := s["properties"].(object)
	properties["type"].(object)["default"] = inputTypes[0]
	properties["enum"].(object)["type"] = "array"
	properties["enum"].(object)["minItems"] = 1
	// A list holds texts, as validate wants it.
	s["if"] = object{"properties": object{"type": object{"const": string(ListOf)}}, "required": []string{"type"}}
	s["then"] = object{"properties": object{"default": schemaOfTexts()}}
	return s
}

func schemaOfTexts() object {
	return object{"type": "array", "items": object{"type": "string"}}
}

func stepSchema(c Catalog) object {
	keys := stepKeys()
	s := mapSchema(keys)
	s["required"] = []string{"id", "action"}
	s["dependentRequired"] = object{"for-each": []string{"as"}, "as": []string{"for-each"}}
	properties := s["properties"].(object)
	properties["with"] = described("with", keys, object{"type": []string{"object", "null"}})
	properties["needs"] = described("needs", keys, object{"type": "array", "items": object{"type": "string", "pattern": namePattern.String()}})
	properties["when"] = described("when", keys, object{"type": []string{"string", "boolean"}, "maxLength": maxCondition})
	properties["for-each"] = described("for-each", keys, object{"anyOf": []any{object{"type": "array"}, object{"$ref": "#/$defs/reference"}}})
	properties["retries"].(object)["minimum"] = 0
	properties["retries"].(object)["maximum"] = maxRetries
	var names []string
	conditions := []any{object{
		"if":   object{"properties": object{"on-failure": object{"const": string(Continue)}}, "required": []string{"on-failure"}},
		"then": object{"required": []string{"reason"}},
	}}
	for _, a := range c.Actions() {
		names = append(names, a.Name)
		conditions = append(conditions, actionSchema(a))
	}
	properties["action"].(object)["enum"] = names
	s["allOf"] = conditions
	return s
}

// actionSchema says what a step with an action looks like.
func actionSchema(a *ActionSpec) object {
	then := object{"properties": object{"with": object{"$ref": "#/$defs/with-" + a.Name}}}
	if wants(&a.Params) {
		then["required"] = []string{"with"}
	}
	if !a.Verifies {
		then["properties"].(object)["hold"] = object{"const": false}
	}
	if a.Opaque {
		then["anyOf"] = []any{
			object{"properties": object{"with": object{"required": []string{"undo"}}}},
			object{"properties": object{"irreversible": object{"const": true}}, "required": []string{"irreversible"}},
		}
	}
	return object{"if": object{"properties": object{"action": object{"const": a.Name}}, "required": []string{"action"}}, "then": then}
}

// wants tells whether an object cannot be empty.
func wants(t *Type) bool {
	if len(t.AtLeastOne) > 0 || len(t.ExactlyOne) > 0 {
		return true
	}
	for _, f := range t.Fields {
		if f.Required {
			return true
		}
	}
	return false
}
