package local_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"quiesce/host"
	"quiesce/host/hosttest"
	"quiesce/host/local"
)

// labelled is a tree with a file on a file system that keeps attributes.
func labelled(t testing.TB) (dir string, v host.Attributor) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tree, err := local.New(&local.Digests{}).Files.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	})
	return dir, tree.(host.Attributor)
}

// TestManyAttributes has more names, and a longer value, than there is room for
// at first.
func TestManyAttributes(t *testing.T) {
	t.Parallel()
	if !hosttest.KeepsAttributes(t, local.New(&local.Digests{})) {
		t.Skip("the file system of temporary files keeps no extended attributes")
	}
	_, v := labelled(t)
	want := map[string][]byte{"user.long": bytes.Repeat([]byte("v"), 1500)}
	for i := range 30 {
		want[fmt.Sprintf("user.%030d", i)] = []byte{byte(i)}
	}
	for attr, value := range want {
		if err := v.SetXattr("file", attr, value); err != nil {
			t.Fatal(err)
		}
	}
	got, err := v.Xattrs("file")
	if err != nil {
		t.Fatal(err)
	}
	for attr, value := range want {
		if !bytes.Equal(got[attr], value) {
			t.Errorf("%s is %q, want %q", attr, got[attr], value)
		}
	}
}

// TestAttributesStayInside lets a directory be swapped for a link that leads out.
func TestAttributesStayInside(t *testing.T) {
	t.Parallel()
	if !hosttest.KeepsAttributes(t, local.New(&local.Digests{})) {
		t.Skip("the file system of temporary files keeps no extended attributes")
	}
	outside, _ := labelled(t)
	dir, v := labelled(t)
	if err := os.Symlink(outside, filepath.Join(dir, "in")); err != nil {
		t.Fatal(err)
	}
	if err := v.SetXattr("in/file", "user.a", []byte("1")); err == nil {
		t.Error("an attribute was set outside")
	}
	if n, err := unix.Listxattr(filepath.Join(outside, "file"), nil); n > 0 || err != nil {
		t.Errorf("outside there are attributes of %d bytes: %v", n, err)
	}
}

// BenchmarkXattrs is what every replaced file costs that has none.
func BenchmarkXattrs(b *testing.B) {
	_, v := labelled(b)
	for b.Loop() {
		if all, err := v.Xattrs("file"); err != nil || len(all) > 0 {
			b.Fatal(all, err)
		}
	}
}
