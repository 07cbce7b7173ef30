package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/local"
)

// BenchmarkReplace is what one file of a pack costs: staged beside the old one,
// dressed, exchanged; without the waits for the disk. Stages stay: ext4 takes
// long to give out inodes that were just freed, which no upgrade does.
func BenchmarkReplace(b *testing.B) {
	for _, depth := range []int{0, 5} {
		b.Run(fmt.Sprintf("depth-%d", depth), func(b *testing.B) {
			dir := b.TempDir()
			name := "."
			for range depth {
				name = filepath.Join(name, "d")
			}
			if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
				b.Fatal(err)
			}
			old := filepath.Join(name, "f")
			source := afero.NewMemMapFs()
			if err := afero.WriteFile(source, "new", make([]byte, 4<<10), 0o644); err != nil {
				b.Fatal(err)
			}
			tree, err := local.New(&local.Digests{}).Files.Open(b.Context(), dir)
			if err != nil {
				b.Fatal(err)
			}
			defer tree.Close()
			if err := afero.WriteFile(tree, old, nil, 0o644); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				stage := filepath.Join(name, fmt.Sprintf(".f.%d", n))
				if err := replace(tree, source, old, stage); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func replace(tree host.Tree, source afero.Fs, old, stage string) error {
	info, _, err := tree.LstatIfPossible(old)
	if err != nil {
		return err
	}
	if _, _, err := tree.(host.Importer).Import(source, "new", stage); err != nil {
		return err
	}
	if err := tree.Chmod(stage, 0o644); err != nil {
		return err
	}
	if err := tree.Chtimes(stage, info.ModTime(), info.ModTime()); err != nil {
		return err
	}
	return tree.(host.Exchanger).Exchange(stage, old)
}
