package fileversion_test

import (
	"testing"

	"pgregory.net/rapid"

	"quiesce/internal/fileversion"
)

func pe(text string) fileversion.Version { return fileversion.Version{Scheme: "pe", Text: text} }

func TestCompare(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a, b  string
		order int
	}{
		"the first number that differs decides": {"5.5.1960.4", "5.5.2650.24", -1},
		"an earlier field outweighs later ones": {"6.0.0.0", "5.65535.65535.65535", 1},
		"numbers, not letters":                  {"5.10.0.0", "5.9.0.0", 1},
		"the greatest numbers are unsigned":     {"65535.0.0.0", "32767.0.0.0", 1},
		"the last field counts":                 {"1.2.3.4", "1.2.3.5", -1},
		"equal":                                 {"5.5.2650.24", "5.5.2650.24", 0},
		"missing fields are zero":               {"5.5", "5.5.0.0", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if order, ok := fileversion.Compare(pe(c.a), pe(c.b)); !ok || order != c.order {
				t.Errorf("Compare(%s, %s) = %d, %v, want %d", c.a, c.b, order, ok, c.order)
			}
		})
	}
}

func TestCompareIncomparable(t *testing.T) {
	t.Parallel()
	good := pe("1.2.3.4")
	for name, v := range map[string]fileversion.Version{
		"another scheme":            {Scheme: "deb", Text: "1.2.3.4"},
		"no scheme":                 {Text: "1.2.3.4"},
		"no text":                   pe(""),
		"words":                     pe("5.5 (build 2650.24)"),
		"five fields":               pe("1.2.3.4.5"),
		"an empty field":            pe("1..3.4"),
		"a field that is too great": pe("1.2.3.65536"),
		"a sign":                    pe("+1.2.3.4"),
		"a space":                   pe("1.2.3. 4"),
		"digits of another script":  pe("١.2.3.4"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, pair := range [][2]fileversion.Version{{v, good}, {good, v}, {v, v}} {
				if order, ok := fileversion.Compare(pair[0], pair[1]); ok || order != 0 {
					t.Errorf("Compare(%v, %v) = %d, %v, want incomparable", pair[0], pair[1], order, ok)
				}
			}
		})
	}
}

func TestCompareAgreesWithRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(label string) (v [4]uint16, n uint64) {
			for i := range v {
				v[i] = rapid.Uint16().Draw(rt, label)
				n = n<<16 | uint64(v[i])
			}
			return v, n
		}
		va, na := draw("a")
		vb, nb := draw("b")
		a, okA, errA := read(t, program(t, true, va))
		b, okB, errB := read(t, program(t, false, vb))
		if errA != nil || errB != nil || okA != (na != 0) || okB != (nb != 0) {
			rt.Fatal(okA, okB, errA, errB)
		}
		if !okA || !okB {
			return
		}
		want := 0
		if na < nb {
			want = -1
		} else if na > nb {
			want = 1
		}
		if order, ok := fileversion.Compare(a, b); !ok || order != want {
			rt.Fatalf("Compare(%v, %v) = %d, %v, want %d", a, b, order, ok, want)
		}
	})
}
