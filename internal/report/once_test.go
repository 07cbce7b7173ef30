package report

import "testing"

func TestFlattenSaysOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"step files: remove the backup /a b: remove /a b: not permitted", "step files: remove the backup /a b: not permitted"},
		{"open /a: open directory /a: no such file or directory", "open /a: no such file or directory"},
		{"exchange /x: exchange /y /x: no space", "exchange /x: no space"},
		{`remove C:\x: remove C:\x: in use`, `remove C:\x: in use`},
		{"file.replace /x: file.replace /x: it is gone", "file.replace /x: it is gone"},
		// What says more stays.
		{"exchange /x: exchange /y /z: no space", "exchange /x: exchange /y /z: no space"},
		{"file.replace /x: open /x: too many open files", "file.replace /x: open /x: too many open files"},
		{"remove /x: remove /x", "remove /x: remove /x"},
		{"a: a: b", "a: a: b"},
	} {
		if got := FlatText(c.text); got != c.want {
			t.Errorf("%q is told as %q, not %q", c.text, got, c.want)
		}
	}
}
