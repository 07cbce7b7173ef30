package memory_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/host/memory"
)

// TestAttributes shows that attributes and names are described as they were
// given, and in one form.
func TestAttributes(t *testing.T) {
	t.Parallel()
	d, list := memory.Parse("host.yaml", []byte(`
name: web1
files:
  - {path: /app, links: 2, attributes: {user.text: vendor, user.hex: 0x00ff, user.base64: 0sAP8=, user.odd: 0x3078}}
  - {path: /plain, links: 1, attributes: {}}
`), nil)
	if len(list) > 0 {
		t.Fatal(list)
	}
	want := memory.Attributes{"user.text": "vendor", "user.hex": "0sAP8=", "user.base64": "0sAP8=", "user.odd": "0sMHg="}
	m, err := memory.New(d)
	if err != nil {
		t.Fatal(err)
	}
	for what, f := range map[string]memory.File{"parsed": d.Files[0], "described": m.Describe().Files[0]} {
		if diff := cmp.Diff(want, f.Attributes); diff != "" || f.Links != 2 {
			t.Errorf("%s with %d names and\n%s", what, f.Links, diff)
		}
	}
	if f := m.Describe().Files[1]; f.Attributes != nil || f.Links != 0 {
		t.Errorf("a plain file is %+v", f)
	}
	text, err := m.Describe().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, list := memory.Parse("again.yaml", text, nil)
	if diff := cmp.Diff(m.Describe(), again); diff != "" || len(list) > 0 {
		t.Errorf("%v\n%s", list, diff)
	}
}

func TestWrongAttributes(t *testing.T) {
	t.Parallel()
	for want, file := range map[string]string{
		`not "origin"`:               "attributes: {origin: vendor}",
		"attribute user.a: illegal":  "attributes: {user.a: 0s!}",
		"attribute user.b: encoding": "attributes: {user.b: 0xzz}",
		"it is no ACL":               "attributes: {system.posix_acl_access: none}",
		"want a map":                 "attributes: [user.a]",
		"want text":                  "attributes: {user.a: [b]}",
		"stands here twice":          "attributes: {user.a: b, user.a: c}",
		"links is how many":          "links: -1",
		"links is how many names a":  "links: 2, directory: true",
		"nor symbolic links have":    "attributes: {user.a: b}, symlink: x",
	} {
		_, list := memory.Parse("host.yaml", []byte("name: web1\nfiles:\n  - {path: /app, "+file+"}\n"), nil)
		if text := list.Err(); text == nil || !strings.Contains(text.Error(), want) {
			t.Errorf("%s: %v, want %q", file, text, want)
		}
	}
}
