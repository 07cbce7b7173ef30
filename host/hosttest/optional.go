package hosttest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/spf13/afero"

	"quiesce/host"
)

// optional opens the tree of a world as one that can do more. A host that lacks
// it either does not say that it could, or answers errors.ErrUnsupported.
func optional[T any](t *testing.T, s suite, what string, call func(T) error) (host.Tree, T) {
	t.Helper()
	w, tree := s.both(t)
	v, ok := tree.(T)
	if w.Lacking(what) {
		if ok {
			wantUnsupported(t, what, call(v))
		}
		t.SkipNow()
	}
	if !ok {
		t.Fatalf("the tree does not implement %T", &v)
	}
	return tree, v
}

func (s suite) exchange(t *testing.T) {
	open := func(t *testing.T) (host.Tree, host.Exchanger) {
		return optional(t, s, Exchange, func(v host.Exchanger) error { return v.Exchange("readme", "bin/app") })
	}
	sentences(t, map[string]func(*testing.T){
		"Exchange swaps what two names stand for": func(t *testing.T) {
			tree, v := open(t)
			a, b := inode(t, tree, "readme"), inode(t, tree, "bin/app")
			noError(t, v.Exchange("readme", "bin/app"))
			wantData(t, tree, "readme", "program")
			wantData(t, tree, "bin/app", "hello")
			wantEqual(t, [2][2]uint64{b, a}, [2][2]uint64{inode(t, tree, "readme"), inode(t, tree, "bin/app")})
		},
		"twice is as before": func(t *testing.T) {
			tree, v := open(t)
			before := listing(t, tree)
			noError(t, v.Exchange("readme", "bin/app"))
			noError(t, v.Exchange("readme", "bin/app"))
			wantEqual(t, before, listing(t, tree))
		},
		"both names must exist": func(t *testing.T) {
			tree, v := open(t)
			wantError(t, v.Exchange("readme", "none"), fs.ErrNotExist)
			wantError(t, v.Exchange("none", "readme"), fs.ErrNotExist)
			wantData(t, tree, "readme", "hello")
		},
		"directories are exchanged whole, also with a file": func(t *testing.T) {
			tree, v := open(t)
			noError(t, v.Exchange("bin", "empty"))
			wantData(t, tree, "empty/app", "program")
			noError(t, v.Exchange("empty", "readme"))
			wantData(t, tree, "empty", "hello")
			wantData(t, tree, "readme/app", "program")
		},
		"links are exchanged, not followed": func(t *testing.T) {
			tree, v := open(t)
			noError(t, v.Exchange("link", "bin/app"))
			target, err := tree.ReadlinkIfPossible("bin/app")
			noError(t, err)
			wantEqual(t, "readme", target)
			wantData(t, tree, "link", "program")
		},
		"a directory is not exchanged with what lies in it": func(t *testing.T) {
			tree, v := open(t)
			if v.Exchange("bin", "bin/app") == nil || v.Exchange("bin/app", "bin") == nil {
				t.Error("it was")
			}
			wantData(t, tree, "bin/app", "program")
		},
	})
}

func (s suite) place(t *testing.T) {
	open := func(t *testing.T) (host.Tree, host.Placer) {
		return optional(t, s, Place, func(v host.Placer) error { return v.Place("readme", "new") })
	}
	sentences(t, map[string]func(*testing.T){
		"Place renames": func(t *testing.T) {
			tree, v := open(t)
			noError(t, v.Place("readme", "bin/new"))
			wantData(t, tree, "bin/new", "hello")
			wantMissing(t, tree, "readme")
		},
		"when the name is taken it changes nothing and wraps fs.ErrExist": func(t *testing.T) {
			tree, v := open(t)
			before := listing(t, tree)
			for _, to := range []string{"bin/app", "bin", "link", "dangling", "empty"} {
				wantError(t, v.Place("readme", to), fs.ErrExist)
			}
			wantEqual(t, before, listing(t, tree))
		},
		"Place of nothing wraps fs.ErrNotExist": func(t *testing.T) {
			_, v := open(t)
			wantError(t, v.Place("none", "new"), fs.ErrNotExist)
		},
	})
}

func (s suite) sync(t *testing.T) {
	open := func(t *testing.T) (host.Tree, host.Syncer) {
		return optional(t, s, Sync, func(v host.Syncer) error { return v.SyncAll() })
	}
	sentences(t, map[string]func(*testing.T){
		"SyncDir syncs a directory": func(t *testing.T) {
			_, v := open(t)
			noError(t, v.SyncDir("."))
			noError(t, v.SyncDir("bin"))
			wantError(t, v.SyncDir("none"), fs.ErrNotExist)
		},
		"SyncAll syncs what was written": func(t *testing.T) {
			tree, v := open(t)
			write(t, tree, "new", "x")
			noError(t, v.SyncAll())
		},
	})
}

func sumOf(data string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(data))) }

// pack is a source of files to import.
func pack(t *testing.T) afero.Fs {
	t.Helper()
	source := afero.NewMemMapFs()
	noError(t, afero.WriteFile(source, "dir/file", []byte("packed"), 0o755))
	return source
}

// importer opens a tree that imports.
func (s suite) importer(t *testing.T) (host.Tree, host.Importer) {
	t.Helper()
	return optional(t, s, Import, func(v host.Importer) error {
		_, _, err := v.Import(pack(t), "dir/file", "new")
		return err
	})
}

func (s suite) imports(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"Import creates the file and returns its size and SHA-256": func(t *testing.T) {
			tree, v := s.importer(t)
			size, sum, err := v.Import(pack(t), "dir/file", "bin/new")
			noError(t, err)
			wantEqual(t, int64(6), size)
			wantEqual(t, sumOf("packed"), sum)
			wantData(t, tree, "bin/new", "packed")
		},
		"with mode 0600": func(t *testing.T) {
			tree, v := s.importer(t)
			_, _, err := v.Import(pack(t), "dir/file", "new")
			noError(t, err)
			info, err := tree.Stat("new")
			noError(t, err)
			wantEqual(t, fs.FileMode(0o600), info.Mode())
		},
		"the file must not exist": func(t *testing.T) {
			tree, v := s.importer(t)
			for _, to := range []string{"readme", "link", "dangling", "bin"} {
				_, _, err := v.Import(pack(t), "dir/file", to)
				wantError(t, err, fs.ErrExist)
			}
			wantData(t, tree, "readme", "hello")
		},
		"a failed import leaves no file behind": func(t *testing.T) {
			tree, v := s.importer(t)
			for _, from := range []string{"none", "dir"} {
				if _, _, err := v.Import(pack(t), from, "new"); err == nil {
					t.Errorf("%s was imported", from)
				}
				wantMissing(t, tree, "new")
			}
		},
		"a tree imports from itself": func(t *testing.T) {
			tree, v := s.importer(t)
			_, sum, err := v.Import(tree, "readme", "copy")
			noError(t, err)
			wantEqual(t, sumOf("hello"), sum)
			write(t, tree, "readme", "changed")
			wantData(t, tree, "copy", "hello")
			write(t, tree, "copy", "also")
			wantData(t, tree, "readme", "changed")
		},
		"what was imported can be written": func(t *testing.T) {
			tree, v := s.importer(t)
			_, _, err := v.Import(pack(t), "dir/file", "new")
			noError(t, err)
			f, err := tree.OpenFile("new", 2, 0) // O_RDWR
			noError(t, err)
			_, err = f.WriteAt([]byte("P"), 0)
			noError(t, err)
			noError(t, f.Close())
			wantData(t, tree, "new", "Packed")
		},
	})
}

func (s suite) digest(t *testing.T) {
	open := func(t *testing.T) (host.Tree, host.Digester) {
		return optional(t, s, Digest, func(v host.Digester) error {
			_, err := v.Digest("readme")
			return err
		})
	}
	sentences(t, map[string]func(*testing.T){
		"Digest returns the SHA-256 in lower-case hex": func(t *testing.T) {
			_, v := open(t)
			for name, data := range map[string]string{"readme": "hello", "link": "hello", "bin/app": "program"} {
				sum, err := v.Digest(name)
				noError(t, err)
				wantEqual(t, sumOf(data), sum)
			}
		},
		"it is that of the bytes now": func(t *testing.T) {
			tree, v := open(t)
			for _, data := range []string{"one", "three", ""} {
				write(t, tree, "readme", data)
				sum, err := v.Digest("readme")
				noError(t, err)
				wantEqual(t, sumOf(data), sum)
			}
		},
		"only regular files have one": func(t *testing.T) {
			_, v := open(t)
			if _, err := v.Digest("bin"); err == nil || errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("got %v", err)
			}
			_, err := v.Digest("none")
			wantError(t, err, fs.ErrNotExist)
		},
	})
}

// lister opens a tree that knows who has its files open.
func (s suite) lister(t *testing.T) (host.Tree, host.HolderLister) {
	t.Helper()
	return optional(t, s, Holders, func(v host.HolderLister) error {
		_, err := v.Holders("readme")
		return err
	})
}

func (s suite) holders(t *testing.T) {
	s.holdersListed(t)
	s.holdersChange(t)
}

// holdersListed is about who is listed.
func (s suite) holdersListed(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"none is an empty list": func(t *testing.T) {
			tree, v := s.lister(t)
			write(t, tree, "new", "x")
			for _, name := range []string{"readme", "new"} {
				held, err := v.Holders(name)
				noError(t, err)
				wantEqual(t, 0, len(held))
			}
		},
		"a missing file is an error": func(t *testing.T) {
			_, v := s.lister(t)
			_, err := v.Holders("none")
			wantError(t, err, fs.ErrNotExist)
		},
		"who has it open is listed by process id": func(t *testing.T) {
			w := s.having(t, FixedHolders)
			v := treeOf(t, w).(host.HolderLister)
			held, err := v.Holders("bin/held")
			noError(t, err)
			wantEqual(t, []host.Holder{
				{Process: "middle", PID: 420, Service: "Middle", Sharing: "read"},
				{Process: "watcher", PID: 430, Sharing: "read"},
			}, held)
		},
	})
}

// holdersChange is about how that changes.
func (s suite) holdersChange(t *testing.T) {
	sentences(t, map[string]func(*testing.T){
		"holders stay with the file when it gets another name": func(t *testing.T) {
			w := s.having(t, FixedHolders)
			tree := treeOf(t, w)
			noError(t, tree.Rename("bin/shared", "moved"))
			write(t, tree, "bin/shared", "new")
			for name, want := range map[string]int{"moved": 1, "bin/shared": 0} {
				held, err := tree.(host.HolderLister).Holders(name)
				noError(t, err)
				wantEqual(t, want, len(held))
			}
		},
		"when a process ends it lets go": func(t *testing.T) {
			w := s.having(t, FixedHolders)
			noError(t, w.Host.Services.Stop(context.Background(), "Middle"))
			held, err := treeOf(t, w).(host.HolderLister).Holders("bin/held")
			noError(t, err)
			wantEqual(t, []host.Holder{{Process: "watcher", PID: 430, Sharing: "read"}}, held)
		},
		"when a service starts again it opens what it finds": func(t *testing.T) {
			w, ctx := s.having(t, FixedHolders), context.Background()
			tree := treeOf(t, w)
			noError(t, w.Host.Services.Stop(ctx, "Middle"))
			noError(t, tree.Rename("bin/held", "bin/old"))
			write(t, tree, "bin/held", "new")
			noError(t, w.Host.Services.Start(ctx, "Middle"))
			for name, want := range map[string]int{"bin/held": 420, "bin/old": 430} {
				held, err := tree.(host.HolderLister).Holders(name)
				noError(t, err)
				if len(held) != 1 || held[0].PID != want {
					t.Errorf("%s is held by %v, want %d", name, held, want)
				}
			}
		},
	})
}

func (s suite) space(t *testing.T) {
	open := func(t *testing.T) (host.Tree, host.SpaceTeller) {
		return optional(t, s, Space, func(v host.SpaceTeller) error {
			_, _, err := v.Free(".")
			return err
		})
	}
	sentences(t, map[string]func(*testing.T){
		"Free tells the bytes and the file system": func(t *testing.T) {
			tree, v := open(t)
			free, device, err := v.Free("bin")
			noError(t, err)
			if free == 0 {
				t.Error("nothing is free")
			}
			wantEqual(t, inode(t, tree, "readme")[0], device)
		},
		"a missing name is an error": func(t *testing.T) {
			_, v := open(t)
			_, _, err := v.Free("none")
			wantError(t, err, fs.ErrNotExist)
		},
	})
}

func (s suite) delay(t *testing.T) {
	open := func(t *testing.T) (host.Tree, host.Delayer) {
		return optional(t, s, Delay, func(v host.Delayer) error { return v.Delay("readme", "bin/held") })
	}
	delayed := func(t *testing.T, v host.Delayer, want bool) {
		t.Helper()
		is, err := v.Delayed("readme", "bin/held")
		noError(t, err)
		wantEqual(t, want, is)
	}
	sentences(t, map[string]func(*testing.T){
		"Delay arranges, Delayed tells, CancelDelay takes back": func(t *testing.T) {
			tree, v := open(t)
			delayed(t, v, false)
			noError(t, v.Delay("readme", "bin/held"))
			delayed(t, v, true)
			wantData(t, tree, "bin/held", "held")
			noError(t, v.CancelDelay("readme", "bin/held"))
			delayed(t, v, false)
		},
		"without such an arrangement CancelDelay does nothing": func(t *testing.T) {
			_, v := open(t)
			noError(t, v.CancelDelay("readme", "bin/held"))
			delayed(t, v, false)
		},
		"twice is once": func(t *testing.T) {
			_, v := open(t)
			noError(t, v.Delay("readme", "bin/held"))
			noError(t, v.Delay("readme", "bin/held"))
			noError(t, v.CancelDelay("readme", "bin/held"))
			delayed(t, v, false)
		},
	})
}
