package runbooks

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"quiesce/internal/diag"
)

// valueOf turns data into a value as a document holds it.
func valueOf(data any) (*Value, error) {
	v := &Value{Literal: data, Text: fmt.Sprint(data)}
	switch x := data.(type) {
	case nil, string, bool, int, time.Duration:
		return v, nil
	case float64:
		v.Text = strconv.FormatFloat(x, 'g', -1, 64)
		if n := int(x); float64(n) == x {
			v.Literal, v.Text = n, strconv.Itoa(n)
		}
		return v, nil
	}
	return v, v.fill(reflect.ValueOf(data))
}

// fill takes over a list or a map, or a number of another type.
func (v *Value) fill(data reflect.Value) error {
	v.Literal, v.Text = nil, ""
	switch {
	case data.Kind() == reflect.Slice || data.Kind() == reflect.Array:
		return v.fillList(data)
	case data.Kind() == reflect.Map && data.Type().Key().Kind() == reflect.String:
		return v.fillMap(data)
	case data.CanInt():
		v.Literal, v.Text = int(data.Int()), strconv.FormatInt(data.Int(), 10)
		return nil
	case data.Kind() == reflect.String:
		v.Literal, v.Text = data.String(), data.String()
		return nil
	}
	return fmt.Errorf("is a %s, which the language does not know", data.Type())
}

func (v *Value) fillList(data reflect.Value) error {
	v.Kind = Sequence
	for i := range data.Len() {
		item, err := valueOf(data.Index(i).Interface())
		if err != nil {
			return err
		}
		v.Items = append(v.Items, item)
	}
	return nil
}

func (v *Value) fillMap(data reflect.Value) error {
	v.Kind = Mapping
	entries := map[string]reflect.Value{}
	for _, key := range data.MapKeys() {
		entries[key.String()] = data.MapIndex(key)
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		item, err := valueOf(entries[key].Interface())
		if err != nil {
			return err
		}
		v.Entries = append(v.Entries, Entry{Key: key, Value: item})
	}
	return nil
}

// setRange gives a value and all in it a place.
func (v *Value) setRange(at diag.Range) {
	v.Range = at
	for _, item := range v.Items {
		item.setRange(at)
	}
	for i := range v.Entries {
		v.Entries[i].KeyRange = at
		v.Entries[i].Value.setRange(at)
	}
}

// setComputed marks a value and all in it as no text of the author.
func (v *Value) setComputed() {
	v.computed = true
	for _, item := range v.Items {
		item.setComputed()
	}
	for _, e := range v.Entries {
		e.Value.setComputed()
	}
}
