package runbooks

// Kind is a kind of value in the language.
type Kind string

// The kinds of values. In resolved parameters they are, in this order, a
// string, int, bool, time.Duration, string, string, []any and map[string]any.
const (
	String   Kind = "string"
	Int      Kind = "int"
	Bool     Kind = "bool"
	Duration Kind = "duration" // 30s, 5m, 1h30m
	Path     Kind = "path"
	StepRef  Kind = "step" // the id of a step that comes before
	ListOf   Kind = "list"
	MapOf    Kind = "map"    // free keys, values of Elem
	Object   Kind = "object" // the keys of Fields
	OneOf    Kind = "one-of" // a value of the first alternative that fits
)

// Type is the type of a parameter, an input or an output.
type Type struct {
	Kind     Kind
	Enum     []string // of String: the values allowed, if not empty
	Elem     *Type    // of ListOf and MapOf; nil is String
	NonEmpty bool     // of String, Path, ListOf: empty is refused
	Fields   []Field  // of Object
	OneOf    []Type   // the alternatives of OneOf
	// ExactlyOne and AtLeastOne name fields of an Object of which exactly one,
	// or at least one, must be given.
	ExactlyOne []string
	AtLeastOne []string
}

// Field is a named parameter, with what the schema and the guide say of it.
type Field struct {
	Name     string
	Doc      string // one sentence
	Type     Type
	Default  any // a resolved value; nil if there is none
	Required bool
	// Secret: a reference to a secret input may stand here. It stays a
	// reference in the plan, and is replaced by its value when it is used.
	Secret bool
}

// ActionSpec is what the language knows of an action.
type ActionSpec struct {
	Name    string
	Doc     string // one sentence
	Params  Type   // an Object
	Outputs []Field
	// Verifies: it changes nothing, so that it can be held (hold: true).
	Verifies bool
	// Opaque: what it does is unknown, so that it wants the parameter undo, or
	// irreversible: true.
	Opaque bool
}

// Catalog is the set of actions that a runbook may use.
type Catalog interface {
	// Action returns the action of that name.
	Action(name string) (*ActionSpec, bool)
	// Actions returns all of them, sorted by name.
	Actions() []*ActionSpec
}
