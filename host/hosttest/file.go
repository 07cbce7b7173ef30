package hosttest

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"quiesce/host"
)

func (s suite) file(t *testing.T) {
	s.fileOpening(t)
	s.fileBytes(t)
	s.fileRefusals(t)
	s.fileNames(t)
}

// fileOpening is about how a file is opened.
func (s suite) fileOpening(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"what was written is there": func(t *testing.T) {
			_, tree := s.both(t)
			f, err := tree.Create("new")
			noError(t, err)
			_, err = f.WriteString("one ")
			noError(t, err)
			_, err = f.Write([]byte("two"))
			noError(t, err)
			noError(t, f.Sync())
			noError(t, f.Close())
			wantData(t, tree, "new", "one two")
		},
		"opening with O_EXCL refuses what exists": func(t *testing.T) {
			_, tree := s.both(t)
			for _, name := range []string{"readme", "link", "dangling", "bin"} {
				_, err := tree.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
				wantError(t, err, fs.ErrExist)
			}
			wantMissing(t, tree, "nowhere")
		},
		"opening without O_CREATE wants the file": func(t *testing.T) {
			_, tree := s.both(t)
			_, err := tree.OpenFile("none", os.O_RDWR, 0)
			wantError(t, err, fs.ErrNotExist)
			_, err = tree.Open("none")
			wantError(t, err, fs.ErrNotExist)
		},
		"a directory cannot be written": func(t *testing.T) {
			_, tree := s.both(t)
			_, err := tree.OpenFile("bin", os.O_RDWR, 0)
			wantError(t, err, syscall.EISDIR)
			_, err = tree.Create("bin")
			wantError(t, err, syscall.EISDIR)
		},
		"O_TRUNC empties, and O_APPEND writes at the end": func(t *testing.T) {
			_, tree := s.both(t)
			f, err := tree.OpenFile("readme", os.O_WRONLY|os.O_APPEND, 0)
			noError(t, err)
			other, err := tree.OpenFile("readme", os.O_WRONLY|os.O_APPEND, 0)
			noError(t, err)
			for _, w := range []afero.File{f, other, f} {
				_, err = w.WriteString("!")
				noError(t, err)
			}
			noError(t, other.Close())
			noError(t, f.Close())
			wantData(t, tree, "readme", "hello!!!")
			f, err = tree.OpenFile("readme", os.O_WRONLY|os.O_TRUNC, 0)
			noError(t, err)
			noError(t, f.Close())
			wantData(t, tree, "readme", "")
		},
	})
}

// fileBytes is about reading and writing at places.
func (s suite) fileBytes(t *testing.T) {
	s.fileOffsets(t)
	s.fileEnds(t)
}

// fileOffsets is about reading and writing at places.
func (s suite) fileOffsets(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"ReadAt and WriteAt leave the offset alone": func(t *testing.T) {
			_, tree := s.both(t)
			f, err := tree.OpenFile("readme", os.O_RDWR, 0)
			noError(t, err)
			b := make([]byte, 2)
			_, err = f.ReadAt(b, 3)
			noError(t, err)
			wantEqual(t, "lo", string(b))
			_, err = f.WriteAt([]byte("J"), 0)
			noError(t, err)
			all, err := io.ReadAll(f)
			noError(t, err)
			wantEqual(t, "Jello", string(all))
			noError(t, f.Close())
		},
		"writing beyond the end fills with zeros": func(t *testing.T) {
			_, tree := s.both(t)
			f, err := tree.OpenFile("readme", os.O_RDWR, 0)
			noError(t, err)
			noError(t, f.Truncate(2))
			_, err = f.Seek(4, io.SeekStart)
			noError(t, err)
			_, err = f.WriteString("x")
			noError(t, err)
			noError(t, f.Truncate(6))
			noError(t, f.Close())
			wantData(t, tree, "readme", "he\x00\x00x\x00")
		},
	})
}

// fileEnds is about seeking and the end.
func (s suite) fileEnds(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"Seek goes from the start, the offset and the end": func(t *testing.T) {
			_, tree := s.both(t)
			f, err := tree.Open("readme")
			noError(t, err)
			for _, v := range []struct {
				offset int64
				whence int
				want   int64
			}{{2, io.SeekStart, 2}, {1, io.SeekCurrent, 3}, {-1, io.SeekEnd, 4}} {
				at, err := f.Seek(v.offset, v.whence)
				noError(t, err)
				wantEqual(t, v.want, at)
			}
			if _, err := f.Seek(-9, io.SeekStart); err == nil {
				t.Error("it went before the start")
			}
			noError(t, f.Close())
		},
		"reading ends with io.EOF": func(t *testing.T) {
			_, tree := s.both(t)
			f, err := tree.Open("readme")
			noError(t, err)
			b := make([]byte, 10)
			n, err := f.ReadAt(b, 0)
			wantEqual(t, 5, n)
			wantError(t, err, io.EOF)
			_, err = f.ReadAt(b, 5)
			wantError(t, err, io.EOF)
			noError(t, f.Close())
		},
	})
}

// fileRefusals is about what an open file refuses.
func (s suite) fileRefusals(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"a file opened for reading cannot be written, nor one for writing read": func(t *testing.T) {
			_, tree := s.both(t)
			f, err := tree.Open("readme")
			noError(t, err)
			if _, err := f.Write([]byte("x")); err == nil {
				t.Error("it was written")
			}
			if err := f.Truncate(0); err == nil {
				t.Error("it was truncated")
			}
			noError(t, f.Close())
			f, err = tree.OpenFile("readme", os.O_WRONLY, 0)
			noError(t, err)
			if _, err := f.Read(make([]byte, 1)); err == nil {
				t.Error("it was read")
			}
			noError(t, f.Close())
			wantData(t, tree, "readme", "hello")
		},
		"a closed file refuses": func(t *testing.T) {
			_, tree := s.both(t)
			f, err := tree.Open("readme")
			noError(t, err)
			noError(t, f.Close())
			_, err = f.Read(make([]byte, 1))
			wantError(t, err, fs.ErrClosed)
			wantError(t, f.Close(), fs.ErrClosed)
		},
	})
}

// fileNames is about directories, and files whose names change.
func (s suite) fileNames(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"an open file outlives its name": func(t *testing.T) { s.outlives(t) },
		"a directory can be read in parts": func(t *testing.T) {
			_, tree := s.both(t)
			f, err := tree.Open("bin")
			noError(t, err)
			seen := map[string]bool{}
			for {
				names, err := f.Readdirnames(1)
				if err == io.EOF {
					break
				}
				noError(t, err)
				wantEqual(t, 1, len(names))
				seen[names[0]] = true
			}
			wantEqual(t, 4, len(seen))
			noError(t, f.Close())
		},
		"a file has no entries, and a directory no bytes": func(t *testing.T) {
			_, tree := s.both(t)
			f, err := tree.Open("readme")
			noError(t, err)
			_, err = f.Readdir(-1)
			wantError(t, err, syscall.ENOTDIR)
			noError(t, f.Close())
			f, err = tree.Open("bin")
			noError(t, err)
			_, err = f.Read(make([]byte, 1))
			wantError(t, err, syscall.EISDIR)
			noError(t, f.Close())
		},
		"many goroutines can use one tree": func(t *testing.T) {
			_, tree := s.both(t)
			var all sync.WaitGroup
			for i := range 8 {
				all.Go(func() {
					name := fmt.Sprintf("bin/new%d", i)
					if err := afero.WriteFile(tree, name, []byte(name), 0o644); err != nil {
						t.Error(err)
					}
					wantData(t, tree, name, name)
					if err := tree.Rename(name, name+".moved"); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			wantEqual(t, 12, len(namesIn(t, tree, "bin")))
		},
	})
}

// outlives shows that an open file stays with the file, not with its name.
// Windows keeps the name of a file that is open.
func (s suite) outlives(t *testing.T) {
	w, tree := s.both(t)
	if w.Host.Facts.Flavour() == host.Windows {
		t.Skip("on Windows the name stays")
	}
	f, err := tree.OpenFile("readme", os.O_RDWR, 0)
	noError(t, err)
	noError(t, tree.Rename("bin/app", "readme"))
	_, err = f.WriteAt([]byte("J"), 0)
	noError(t, err)
	all, err := io.ReadAll(f)
	noError(t, err)
	wantEqual(t, "Jello", string(all))
	noError(t, f.Close())
	wantData(t, tree, "readme", "program")
}
