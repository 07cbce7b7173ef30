package local_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"quiesce/host"
	"quiesce/host/local"
)

// digestOf returns the digest of a file and how many digests were learnt.
func digestOf(t *testing.T, known *local.Digests, dir, name string) (string, int) {
	t.Helper()
	tree, err := local.New(known).Files.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := tree.(host.Digester).Digest(name)
	if err = errors.Join(err, tree.Close()); err != nil {
		t.Fatal(err)
	}
	return sum, known.Fresh()
}

// rested writes a file and waits until its digest may be remembered.
func rested(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	known := &local.Digests{}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, n := digestOf(t, known, filepath.Dir(path), filepath.Base(path)); n > 0 {
			return
		}
	}
	t.Skip("SKIP: the file system below TMPDIR is none whose files are known again")
}

func TestDigestsAreRemembered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	rested(t, path, "one")
	known := &local.Digests{}
	first, _ := digestOf(t, known, dir, "f")
	if again, n := digestOf(t, known, dir, "f"); again != first || n != 1 {
		t.Errorf("it was read again: %s, %d learnt", again, n)
	}

	var kept bytes.Buffer
	if err := known.Write(&kept); err != nil {
		t.Fatal(err)
	}
	later := &local.Digests{}
	if err := later.Read(bytes.NewReader(kept.Bytes())); err != nil {
		t.Fatal(err)
	}
	if again, n := digestOf(t, later, dir, "f"); again != first || n != 0 {
		t.Errorf("another process read it again: %s, %d learnt", again, n)
	}
	for i := range kept.Len() {
		for _, bad := range [][]byte{kept.Bytes()[:i], flipped(kept.Bytes(), i)} {
			damaged := &local.Digests{}
			if err := damaged.Read(bytes.NewReader(bad)); !errors.Is(err, local.ErrDigests) {
				t.Fatalf("damaged at %d, and taken: %v", i, err)
			}
		}
	}
}

func flipped(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[i] ^= 1
	return b
}

// A file that was written to is read again, even if size and date are as before.
func TestDigestsOfChangedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	rested(t, path, "one")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	known := &local.Digests{}
	first, _ := digestOf(t, known, dir, "f")
	if err := os.WriteFile(path, []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if now, _ := digestOf(t, known, dir, "f"); now == first {
		t.Error("the digest is that of what was there before")
	}
	replaced := filepath.Join(dir, "g")
	rested(t, replaced, "six")
	if err := os.Rename(replaced, path); err != nil {
		t.Fatal(err)
	}
	if now, _ := digestOf(t, known, dir, "f"); now == first {
		t.Error("the digest is that of the file that was replaced")
	}
}

// What has just been written may be written again within the same tick of the
// clock, and is not remembered.
func TestDigestsOfNewFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	known := &local.Digests{}
	for i := range 50 {
		begun := time.Now()
		if err := os.WriteFile(filepath.Join(dir, "f"), []byte{byte(i)}, 0o600); err != nil {
			t.Fatal(err)
		}
		_, n := digestOf(t, known, dir, "f")
		if time.Since(begun) < 50*time.Millisecond && n > 0 {
			t.Fatal("a file that was just written is remembered")
		}
	}
}
