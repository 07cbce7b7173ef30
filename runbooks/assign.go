package runbooks

// assignable tells whether a reference of one type may be all of a value of
// another. Where only the value can tell, it may.
func assignable(from, to *Type) bool {
	switch {
	case from.Kind == anyKind || to.Kind == anyKind:
		return true
	case from.Kind == OneOf:
		return some(from.OneOf, func(t *Type) bool { return assignable(t, to) })
	case to.Kind == OneOf:
		return some(to.OneOf, func(t *Type) bool { return assignable(from, t) })
	}
	switch to.Kind {
	case String, Path:
		return from.isScalar()
	case ListOf:
		return from.Kind == ListOf && assignable(from.elem(), to.elem())
	case MapOf, Object:
		return from.Kind == MapOf || from.Kind == Object
	}
	return from.Kind == to.Kind
}

// takesText tells whether a text made of several pieces may be a value of the
// type; whether it is one is known when planning.
func (t *Type) takesText() bool {
	switch t.Kind {
	case String, Path, Int, Duration, anyKind:
		return true
	case OneOf:
		return some(t.OneOf, (*Type).takesText)
	}
	return false
}

// isScalar tells whether values of the type can stand inside a text.
func (t *Type) isScalar() bool {
	switch t.Kind {
	case ListOf, MapOf, Object:
		return false
	case OneOf:
		return some(t.OneOf, (*Type).isScalar)
	}
	return true
}

func some(types []Type, fits func(*Type) bool) bool {
	for i := range types {
		if fits(&types[i]) {
			return true
		}
	}
	return false
}
