package runbooks

import (
	"fmt"
	"reflect"
	"slices"
)

// Decode puts the parameters into a struct whose fields carry their names:
//
//	Timeout time.Duration `param:"timeout"`
//
// Lists become slices, maps become maps or, with known keys, structs of the
// same kind; any takes a value as it is, and a pointer is nil where nothing was
// given. A parameter without a field, or of another type than its field, is an
// error of the program, not of the author.
func (p Params) Decode(into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("decode parameters into %T: want a pointer to a struct", into)
	}
	if err := decodeStruct(p.Values, v.Elem()); err != nil {
		return fmt.Errorf("decode parameters: %w", err)
	}
	return nil
}

func decodeStruct(values map[string]any, into reflect.Value) error {
	t := into.Type()
	var known []string
	for i := range t.NumField() {
		name, ok := t.Field(i).Tag.Lookup("param")
		if !ok {
			continue
		}
		known = append(known, name)
		if v := values[name]; v != nil {
			if err := decodeValue(v, into.Field(i)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for name := range values {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s: %s has no field for it", name, t)
		}
	}
	return nil
}

func decodeValue(v any, into reflect.Value) error {
	from := reflect.ValueOf(v)
	switch {
	case !from.IsValid():
		return nil // nothing given
	case from.Type().AssignableTo(into.Type()):
		into.Set(from)
		return nil
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return decodeValue(v, into.Elem())
	}
	switch x := v.(type) {
	case []any:
		return decodeList(x, into)
	case map[string]any:
		return decodeMap(x, into)
	}
	return decodeScalar(from, into)
}

func decodeScalar(from, into reflect.Value) error {
	switch {
	case from.Kind() == reflect.String && into.Kind() == reflect.String,
		from.Kind() == reflect.Bool && into.Kind() == reflect.Bool:
		into.Set(from.Convert(into.Type()))
		return nil
	case from.Kind() == reflect.Int && into.CanInt() && !into.OverflowInt(from.Int()):
		into.SetInt(from.Int())
		return nil
	case from.Kind() == reflect.Int && into.CanUint() && from.Int() >= 0 && !into.OverflowUint(uint64(from.Int())):
		into.SetUint(uint64(from.Int()))
		return nil
	}
	return fmt.Errorf("%s does not fit %s", from.Type(), into.Type())
}

func decodeList(items []any, into reflect.Value) error {
	if into.Kind() != reflect.Slice {
		return fmt.Errorf("a list does not fit %s", into.Type())
	}
	out := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		if err := decodeValue(item, out.Index(i)); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	into.Set(out)
	return nil
}

func decodeMap(values map[string]any, into reflect.Value) error {
	if into.Kind() == reflect.Struct {
		return decodeStruct(values, into)
	}
	if into.Kind() != reflect.Map || into.Type().Key().Kind() != reflect.String {
		return fmt.Errorf("a map does not fit %s", into.Type())
	}
	out := reflect.MakeMapWithSize(into.Type(), len(values))
	for name, v := range values {
		item := reflect.New(into.Type().Elem()).Elem()
		if err := decodeValue(v, item); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		out.SetMapIndex(reflect.ValueOf(name).Convert(into.Type().Key()), item)
	}
	into.Set(out)
	return nil
}
