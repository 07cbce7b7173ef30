package local_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"quiesce/host"
)

func TestImport(t *testing.T) {
	t.Parallel()
	for sentence, size := range map[string]int{"an empty file": 0, "a small file": 10, "one buffer": 256 << 10, "more than two buffers": 600_001} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			tree, dir := open(t)
			data := bytes.Repeat([]byte("quiesce"), size/7+1)[:size]
			source := afero.NewMemMapFs()
			must(t, afero.WriteFile(source, "/pack/f", data, 0o644))
			n, sum, err := tree.(host.Importer).Import(source, "/pack/f", "f")
			must(t, err)
			want := sha256.Sum256(data)
			if n != int64(size) || sum != hex.EncodeToString(want[:]) {
				t.Errorf("Import: %d bytes, %s", n, sum)
			}
			if content(filepath.Join(dir, "f")) != string(data) {
				t.Error("the content differs")
			}
			info, err := tree.Stat("f")
			if err != nil || info.Mode() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			if again, err := tree.(host.Digester).Digest("f"); again != sum || err != nil {
				t.Errorf("Digest: %s, %v", again, err)
			}
		})
	}
}

func TestImportFailure(t *testing.T) {
	t.Parallel()
	tree, dir := open(t)
	must(t, tree.SymlinkIfPossible("elsewhere", "link"))
	t.Run("a link in the place of the new file is not followed", func(t *testing.T) {
		_, _, err := tree.(host.Importer).Import(afero.NewOsFs(), os.Args[0], "link")
		if !errors.Is(err, fs.ErrExist) {
			t.Error(err)
		}
	})
	t.Run("a source that breaks off leaves no file behind", func(t *testing.T) {
		source := broken{afero.NewMemMapFs()}
		must(t, afero.WriteFile(source.Fs, "f", make([]byte, 1<<20), 0o644))
		_, _, err := tree.(host.Importer).Import(source, "f", "new")
		if !errors.Is(err, syscall.EIO) {
			t.Error(err)
		}
	})
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// broken is a source whose files cannot be read beyond their first half.
type broken struct{ afero.Fs }

func (b broken) Open(name string) (afero.File, error) {
	f, err := b.Fs.Open(name)
	return &brokenFile{File: f}, err
}

type brokenFile struct {
	afero.File
	read int
}

func (f *brokenFile) Read(p []byte) (int, error) {
	if f.read > 1<<19 {
		return 0, syscall.EIO
	}
	n, err := f.File.Read(p)
	f.read += n
	return n, err
}

func TestDigestOfPipe(t *testing.T) {
	t.Parallel()
	tree, dir := open(t)
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	if _, err := tree.(host.Digester).Digest("pipe"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("Digest of a named pipe: %v", err)
	}
}
