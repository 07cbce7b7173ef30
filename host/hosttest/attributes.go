package hosttest

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/spf13/afero"

	"quiesce/host"
)

// acl is an ACL with an entry for the user 1000, as getfattr(1) shows it:
// user::rw-,user:1000:rw-,group::r--,mask::rw-,other::---
const acl = "\x02\x00\x00\x00" +
	"\x01\x00\x06\x00\xff\xff\xff\xff" + "\x02\x00\x06\x00\xe8\x03\x00\x00" + "\x04\x00\x04\x00\xff\xff\xff\xff" +
	"\x10\x00\x06\x00\xff\xff\xff\xff" + "\x20\x00\x00\x00\xff\xff\xff\xff"

// KeepsAttributes tells whether a host of this machine keeps extended attributes
// in directories for tests. Where everything must be tested, it has to.
func KeepsAttributes(t *testing.T, h host.Host) bool {
	t.Helper()
	tree, err := h.Files.Open(t.Context(), t.TempDir())
	noError(t, err)
	err = errors.ErrUnsupported
	if v, ok := tree.(host.Attributor); ok {
		err = v.SetXattr(".", "user.probe", nil)
	}
	noError(t, tree.Close())
	if err != nil && (os.Getenv("CI") != "" || !errors.Is(err, errors.ErrUnsupported)) {
		t.Fatalf("no extended attributes below %s, and tests need them: %v", os.TempDir(), err)
	}
	return err == nil
}

// attributor opens a tree that keeps extended attributes.
func (s suite) attributor(t *testing.T) (host.Tree, host.Attributor) {
	t.Helper()
	return optional(t, s, Attributes, func(v host.Attributor) error { return v.SetXattr("readme", "user.a", []byte("1")) })
}

// labels returns the attributes that no system adds by itself.
func labels(t *testing.T, v host.Attributor, name string) map[string]string {
	t.Helper()
	all, err := v.Xattrs(name)
	noError(t, err)
	kept := map[string]string{}
	for attr, value := range all {
		if attr != "security.selinux" {
			kept[attr] = string(value)
		}
	}
	return kept
}

func (s suite) attributes(t *testing.T) {
	s.attributesKept(t)
	s.attributesFollow(t)
}

// attributesKept is about what is kept, and where.
func (s suite) attributesKept(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"none is an empty map": func(t *testing.T) {
			tree, v := s.attributor(t)
			write(t, tree, "new", "x")
			for _, name := range []string{"readme", "new", "bin", "link"} {
				wantEqual(t, map[string]string{}, labels(t, v, name))
			}
		},
		"what is set is there, whatever its value, and can be set again": func(t *testing.T) {
			_, v := s.attributor(t)
			noError(t, v.SetXattr("readme", "user.a", []byte("one")))
			noError(t, v.SetXattr("readme", "user.binary", []byte("\x00\xff")))
			noError(t, v.SetXattr("readme", "user.empty", nil))
			noError(t, v.SetXattr("readme", "user.a", []byte("another")))
			wantEqual(t, map[string]string{"user.a": "another", "user.binary": "\x00\xff", "user.empty": ""}, labels(t, v, "readme"))
		},
		"what is removed is gone; what is not there need not be": func(t *testing.T) {
			_, v := s.attributor(t)
			noError(t, v.SetXattr("readme", "user.a", []byte("1")))
			noError(t, v.SetXattr("readme", "user.b", []byte("2")))
			noError(t, v.RemoveXattr("readme", "user.a"))
			noError(t, v.RemoveXattr("readme", "user.a"))
			wantEqual(t, map[string]string{"user.b": "2"}, labels(t, v, "readme"))
		},
		"a missing name is an error": func(t *testing.T) {
			_, v := s.attributor(t)
			_, err := v.Xattrs("none")
			wantError(t, err, fs.ErrNotExist)
			wantError(t, v.SetXattr("none", "user.a", nil), fs.ErrNotExist)
			wantError(t, v.RemoveXattr("none", "user.a"), fs.ErrNotExist)
		},
		"links are not followed": func(t *testing.T) {
			_, v := s.attributor(t)
			noError(t, v.SetXattr("readme", "user.a", []byte("1")))
			wantEqual(t, map[string]string{}, labels(t, v, "link"))
			wantError(t, v.SetXattr("link", "user.a", []byte("2")), fs.ErrPermission)
			noError(t, v.RemoveXattr("readme", "user.a"))
			wantEqual(t, map[string]string{}, labels(t, v, "readme"))
		},
		"nothing outside is reached": func(t *testing.T) {
			_, v := s.attributor(t)
			for _, name := range []string{"../x", "/etc/passwd", "abs/passwd", "out/x"} {
				_, err := v.Xattrs(name)
				wantError(t, err, host.ErrOutside)
				wantError(t, v.SetXattr(name, "user.a", nil), host.ErrOutside)
			}
		},
		"those of programs may be set": func(t *testing.T) {
			_, v := s.attributor(t)
			noError(t, v.Settable("user.a"))
			noError(t, v.Settable(host.AccessACL))
		},
		"who may not set one is told before": func(t *testing.T) {
			_, v := s.attributor(t)
			for _, attr := range []string{host.Capabilities, "trusted.a"} {
				told, done := v.Settable(attr), v.SetXattr("readme", attr, []byte("\x01\x00\x00\x02\x00\x04"+string(make([]byte, 14))))
				if errors.Is(told, fs.ErrPermission) != errors.Is(done, fs.ErrPermission) {
					t.Errorf("%s: told %v, and setting it answers %v", attr, told, done)
				}
			}
		},
	})
}

// attributesFollow is about what other changes do to them.
func (s suite) attributesFollow(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"they stay with the file when names change": func(t *testing.T) {
			tree, v := s.attributor(t)
			noError(t, v.SetXattr("readme", "user.a", []byte("1")))
			noError(t, tree.Rename("readme", "bin/moved"))
			write(t, tree, "readme", "new")
			wantEqual(t, map[string]string{}, labels(t, v, "readme"))
			wantEqual(t, map[string]string{"user.a": "1"}, labels(t, v, "bin/moved"))
			if x, ok := tree.(host.Exchanger); ok {
				noError(t, x.Exchange("readme", "bin/moved"))
				wantEqual(t, map[string]string{"user.a": "1"}, labels(t, v, "readme"))
			}
		},
		"an ACL sets the mode, and a mode the ACL": func(t *testing.T) {
			tree, v := s.attributor(t)
			if err := v.SetXattr("readme", host.AccessACL, []byte(acl)); errors.Is(err, errors.ErrUnsupported) {
				t.Skip("this file system keeps no ACLs")
			}
			wantMode(t, tree, "readme", 0o660)
			noError(t, tree.Chmod("readme", 0o604))
			want, err := host.ACLWithMode([]byte(acl), 0o604)
			noError(t, err)
			wantEqual(t, map[string]string{host.AccessACL: string(want)}, labels(t, v, "readme"))
			noError(t, v.RemoveXattr("readme", host.AccessACL))
			wantEqual(t, map[string]string{}, labels(t, v, "readme"))
			wantMode(t, tree, "readme", 0o604)
		},
		"Chown takes the capabilities": func(t *testing.T) {
			w := s.having(t, Ownership)
			tree, v := s.attributor(t)
			if w.Lacking(Attributes) {
				return
			}
			noError(t, v.SetXattr("bin/app", host.Capabilities, []byte("\x01\x00\x00\x02\x00\x04"+string(make([]byte, 14)))))
			noError(t, v.SetXattr("bin/app", "user.a", []byte("1")))
			noError(t, tree.Chown("bin/app", 7, 8))
			wantEqual(t, map[string]string{"user.a": "1"}, labels(t, v, "bin/app"))
		},
	})
}

func wantMode(t *testing.T, tree afero.Fs, name string, want fs.FileMode) {
	t.Helper()
	info, err := tree.Stat(name)
	noError(t, err)
	wantEqual(t, want, info.Mode())
}

// renaming is about what a tree says of its file system without trying.
func (s suite) renaming(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"what Renaming says is so": func(t *testing.T) {
			tree, r := s.renamingOf(t)
			for able, err := range map[*bool]error{
				&r.Exchange: tryExchange(tree), &r.Place: tryPlace(tree),
			} {
				if *able == errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("it says %+v, and trying answers %v", r, err)
				}
			}
		},
		"of a missing directory it says nothing": func(t *testing.T) {
			tree, _ := s.renamingOf(t)
			_, err := host.RenamingOf(tree, "none")
			wantError(t, err, fs.ErrNotExist)
		},
	})
}

func (s suite) renamingOf(t *testing.T) (host.Tree, host.Renaming) {
	t.Helper()
	_, tree := s.both(t)
	r, err := host.RenamingOf(tree, "bin")
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("nothing is known of this file system without trying")
	}
	noError(t, err)
	return tree, r
}

func tryExchange(tree host.Tree) error {
	if x, ok := tree.(host.Exchanger); ok {
		return x.Exchange("bin/app", "bin/held")
	}
	return errors.ErrUnsupported
}

func tryPlace(tree host.Tree) error {
	if p, ok := tree.(host.Placer); ok {
		return p.Place("readme", "bin/new")
	}
	return errors.ErrUnsupported
}
