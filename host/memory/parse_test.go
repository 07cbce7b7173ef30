package memory_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"quiesce/host/memory"
)

// documented returns the description of docs/hosts.md, and the whole page.
func documented(t testing.TB) (yaml, page []byte) {
	t.Helper()
	page, err := os.ReadFile(filepath.FromSlash("../../docs/hosts.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(page)
	if m == nil {
		t.Fatal("docs/hosts.md shows no description")
	}
	return m[1], page
}

var assets = fstest.MapFS{"assets/licence.txt": {Data: []byte("be nice\n")}}

func TestDocumented(t *testing.T) {
	t.Parallel()
	yaml, page := documented(t)
	d, list := memory.Parse("hosts.md", yaml, assets)
	if len(list) > 0 {
		t.Fatal(list)
	}
	t.Run("it can be made", func(t *testing.T) {
		t.Parallel()
		m, err := memory.New(d)
		if err != nil {
			t.Fatal(err)
		}
		// What it begins with is what it describes, but for directories.
		got, want := m.Describe(), *d
		for _, f := range got.Files {
			if f.Directory && f.Path != `C:\exchsrvr\mdbdata` {
				want.Files = append(want.Files, f)
			}
		}
		if diff := cmp.Diff(paths(&want), paths(got)); diff != "" {
			t.Error(diff)
		}
		want.Files, got.Files = nil, nil
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("every key is explained", func(t *testing.T) {
		t.Parallel()
		seen := 0
		for key := range keysOf(reflect.TypeFor[memory.Description]()) {
			seen++
			if !regexp.MustCompile(`\b` + key + `:`).Match(page) {
				t.Errorf("docs/hosts.md does not mention %s", key)
			}
		}
		if seen < 40 {
			t.Errorf("only %d keys were found", seen)
		}
	})
}

func paths(d *memory.Description) map[string]memory.File {
	files := map[string]memory.File{}
	for _, f := range d.Files {
		files[f.Path] = f
	}
	return files
}

// keysOf returns the YAML keys of a struct and of what it holds.
func keysOf(t reflect.Type) map[string]bool {
	keys := map[string]bool{}
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.PkgPath() == "time" {
		return keys
	}
	for i := range t.NumField() {
		if key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); key != "" {
			keys[key] = true
		}
		for key := range keysOf(t.Field(i).Type) {
			keys[key] = true
		}
	}
	return keys
}

// TestParse shows that each mistake is told with its place.
func TestParse(t *testing.T) {
	t.Parallel()
	for sentence, v := range map[string]struct{ yaml, want string }{
		"an unknown key":              {"name: a\nservise: []\n", `h.yaml:2:1: unknown key "servise"`},
		"an unknown key within":       {"name: a\nfiles: [{path: /a, contents: x}]\n", `h.yaml:2:20: unknown key "contents"`},
		"a repeated key":              {"name: a\nname: b\n", `h.yaml:2:1: key "name" stands here twice`},
		"text for a list":             {"name: a\nfiles: x\n", `h.yaml:2:8: want a list, not "x"`},
		"a list for text":             {"name: [a]\n", `h.yaml:1:7: want text, not a list`},
		"text for a number":           {"name: a\nprocesses: [{name: p, pid: many}]\n", `h.yaml:2:28: want a whole number, not "many"`},
		"yes is no bool":              {"name: a\nfiles: [{path: /a, directory: yes}]\n", `h.yaml:2:31: want true or false, not "yes"`},
		"a wrong time":                {"name: a\nnow: soon\n", `h.yaml:2:6: want a time, such as 1999-06-01T02:00:00Z, not "soon"`},
		"a wrong duration":            {"name: a\nservices: [{name: s, comes-back-after: 10}]\n", `h.yaml:2:40: want a duration, such as 30s, not "10"`},
		"a wrong size":                {"name: a\nspace: {free: lots}\n", `h.yaml:2:15: want a size, such as 200MB, not "lots"`},
		"a wrong answer":              {"name: a\nservices: [{name: s, on-stop: sulk}]\n", `h.yaml:2:31: want hang or {fail: message}`},
		"an alias":                    {"name: &n a\nos: *n\n", `h.yaml:2:5: want text, not an alias`},
		"no name":                     {"os: linux\n", `h.yaml:1:1: the host has no name`},
		"no YAML":                     {"name: [\n", `h.yaml:`},
		"no document":                 {"# nothing\n", `h.yaml:1:1: there is no description`},
		"two documents":               {"name: a\n---\nname: b\n", `there is more than one document`},
		"no map":                      {"- a\n", `h.yaml:1:1: want a map, not a list`},
		"a relative path":             {"name: a\nfiles: [{path: a}]\n", `h.yaml:2:9: path "a" is not absolute on linux`},
		"an unknown system":           {"name: a\nos: beos\n", `h.yaml:1:1: no system is called "beos": os is one of linux, windows, darwin`},
		"a path of another system":    {"name: a\nos: windows\nfiles: [{path: /a}]\n", `h.yaml:3:9: path "/a" is not absolute on windows`},
		"a path twice":                {"name: a\nos: windows\nfiles: [{path: 'C:\\a'}, {path: 'c:\\A'}]\n", `stands here twice`},
		"a file below a file":         {"name: a\nfiles: [{path: /a/b/c}, {path: /a, content: x}]\n", `h.yaml:2:9: /a/b/c lies below /a, which is no directory`},
		"two contents":                {"name: a\nfiles: [{path: /a, content: x, version: \"1\"}]\n", `exclude each other`},
		"a wrong version":             {"name: a\nfiles: [{path: /a, version: 1.70000}]\n", `"70000" is no number below 65536`},
		"padding without version":     {"name: a\nfiles: [{path: /a, padding: 5}]\n", `padding goes with a version`},
		"wrong base64":                {"name: a\nfiles: [{path: /a, base64: '!'}]\n", `illegal base64`},
		"a wrong mode":                {"name: a\nfiles: [{path: /a, mode: rw}]\n", `mode is octal`},
		"a wrong owner":               {"name: a\nfiles: [{path: /a, owner: root}]\n", `owner is written uid:gid`},
		"a wrong sharing":             {"name: a\nfiles: [{path: /a, open-by: [{process: p, pid: 1, sharing: some}]}]\n", `h.yaml:2:30: /a: sharing is none, read or all`},
		"an unknown process":          {"name: a\nfiles: [{path: /a, open-by: [{process: p}]}]\n", `no process is called p: give it a pid`},
		"a missing asset":             {"name: a\nfiles: [{path: /a, from: none}]\n", `open none: file does not exist`},
		"an asset that leads out":     {"name: a\nfiles: [{path: /a, from: ../x}]\n", `open ../x: `},
		"an unknown dependency":       {"name: a\nservices: [{name: s, depends-on: [t]}]\n", `h.yaml:2:12: there is no service t`},
		"a service twice":             {"name: a\nservices: [{name: s}, {name: s}]\n", `h.yaml:2:23: service s stands here twice`},
		"an unknown state":            {"name: a\nservices: [{name: s, state: up}]\n", `no state is called "up"`},
		"an unknown start type":       {"name: a\nservices: [{name: s, start: boot}]\n", `no start type is called "boot"`},
		"a start that hangs":          {"name: a\nservices: [{name: s, on-start: hang}]\n", `only stopping can hang`},
		"a process id twice":          {"name: a\nprocesses: [{name: p, pid: 1}, {name: q, pid: 1}]\n", `process id 1 is that of p and of q`},
		"a wrong protocol":            {"name: a\nconnections: [{protocol: pipe, local: 'a:1', remote: 'b:1'}]\n", `protocol is tcp or udp`},
		"a wrong address":             {"name: a\nconnections: [{local: a, remote: 'b:1'}]\n", `address "a" is not address:port`},
		"a pipe without a client":     {"name: a\npipes: [{name: p}]\n", `a pipe has a name and a client`},
		"a monitor without a trace":   {"name: a\nmonitors: [{monitor: m}]\n", `a monitor has a monitor and evidence`},
		"a command without argv":      {"name: a\ncommands: [{exit: 1}]\n", `a command has an argv`},
		"a command's unknown":         {"name: a\ncommands: [{argv: [x], stops: [s]}]\n", `there is no service s`},
		"a name that Windows refuses": {"name: a\nos: windows\nfiles: [{path: 'C:\\a?'}]\n", `no file can be called "a?"`},
		"a root that is no directory": {"name: a\nfiles: [{path: /}]\n", `/ is a directory`},
		"a delayed rename of nothing": {"name: a\nos: windows\nat-restart: [{from: 'C:\\a', to: 'C:\\b'}]\n", `h.yaml:3:14: there is no file C:\a to rename`},
		"a delayed rename on Linux":   {"name: a\nat-restart: [{from: /a, to: /b}]\n", `only Windows renames at its next start`},
		"a delayed rename elsewhere":  {"name: a\nos: windows\nfiles: [{path: 'C:\\a'}]\nat-restart: [{from: 'C:\\a', to: 'D:\\b'}]\n", `on two volumes`},
		"a site's unknown service":    {"name: a\nnetwork: {tcp: [{address: 'a:1', service: s}]}\n", `h.yaml:2:17: there is no service s`},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			d, list := memory.Parse("h.yaml", []byte(v.yaml), assets)
			if d != nil || !list.HasErrors() {
				t.Fatalf("it was read: %+v", d)
			}
			for _, found := range list {
				if strings.Contains(found.String(), v.want) && found.Range.Start.Line > 0 {
					return
				}
			}
			t.Errorf("got %v, want %s", list, v.want)
		})
	}
	t.Run("all mistakes are told, not only the first", func(t *testing.T) {
		t.Parallel()
		_, list := memory.Parse("h.yaml", []byte("nam: a\nfiles: [{path: a}, {path: b}]\nos: [x]\n"), nil)
		if len(list) != 5 {
			t.Errorf("got %d: %v", len(list), list)
		}
	})
}

func TestMarshal(t *testing.T) {
	t.Parallel()
	yaml, _ := documented(t)
	d, list := memory.Parse("hosts.md", yaml, assets)
	if len(list) > 0 {
		t.Fatal(list)
	}
	d.Files = append(d.Files, memory.File{Path: `C:\x`, Content: "tab\t \"quoted\" 'x'\n  indented \u00e9\n# no comment\n", Mode: "0644", Modified: d.Now})
	text, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, list := memory.Parse("again.yaml", text, nil)
	if diff := cmp.Diff(d, again); diff != "" {
		t.Errorf("%v %s", list, diff)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "host.yaml")
	write := func(name, data string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("host.yaml", "name: a\nfiles: [{path: /a, from: asset}, {path: /b, from: binary}]\n")
	write("asset", "text\n")
	write("binary", "\x00\xff")
	d, err := memory.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if d.Files[0].Content != "text\n" || d.Files[1].Base64 != "AP8=" || d.Files[1].From != "" {
		t.Errorf("it is %+v", d.Files)
	}
	if err := os.Remove(filepath.Join(dir, "asset")); err != nil {
		t.Fatal(err)
	}
	if _, err := memory.Load(path); err == nil || !strings.Contains(err.Error(), path+":2:9: ") {
		t.Errorf("got %v", err)
	}
	if _, err := memory.Load(filepath.Join(dir, "none")); err == nil {
		t.Error("nothing was read")
	}
}

// FuzzParse shows that no description makes Parse panic, and that what it takes
// can be made, described and read again.
func FuzzParse(f *testing.F) {
	yaml, _ := documented(f)
	seeds := []string{string(yaml), exchange, "name: a\nfiles: [{path: /a}]\n", "name: &a [*a]", "name: a\nos: windows\nfiles: [{path: '\\\\s\\t\\u'}]"}
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		d, list := memory.Parse("h.yaml", src, assets)
		if list.HasErrors() {
			return
		}
		m, err := memory.New(d)
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		text, err := m.Describe().Marshal()
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		again, list := memory.Parse("again.yaml", text, nil)
		if diff := cmp.Diff(m.Describe(), again); diff != "" {
			t.Fatalf("%v\n%s\n%s", list, diff, text)
		}
	})
}
