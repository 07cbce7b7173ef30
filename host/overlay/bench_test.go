package overlay_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/spf13/afero"

	"quiesce/host"
	"quiesce/host/memory"
	"quiesce/host/overlay"
)

// replaceAll does to n files, each by itself, what replacing one comes to:
// look, import, exchange, look again.
func replaceAll(tree host.Tree, source afero.Fs, n int) error {
	for i := range n {
		name := fmt.Sprintf("%05d", i)
		stage := "." + name + ".new"
		if _, err := tree.(host.Digester).Digest(name); err != nil {
			return err
		}
		if _, _, err := tree.(host.Importer).Import(source, "file", stage); err != nil {
			return err
		}
		if err := tree.Chtimes(stage, time.Time{}, time.Unix(0, 0)); err != nil {
			return err
		}
		if err := tree.(host.Exchanger).Exchange(stage, name); err != nil {
			return err
		}
		if _, _, err := tree.LstatIfPossible(name); err != nil {
			return err
		}
	}
	return nil
}

func prepare(tb testing.TB, n int) (host.Host, afero.Fs) {
	tb.Helper()
	m, err := memory.New(many(n))
	if err != nil {
		tb.Fatal(err)
	}
	source := afero.NewMemMapFs()
	if err := afero.WriteFile(source, "file", []byte("new"), 0o644); err != nil {
		tb.Fatal(err)
	}
	return m.Host(), source
}

// BenchmarkReplace replaces files of one directory: the whole of it, one by one.
func BenchmarkReplace(b *testing.B) {
	for _, n := range []int{1_000, 11_500} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			base, source := prepare(b, n)
			for b.Loop() {
				tree, err := overlay.New(base).Host().Files.Open(context.Background(), "/srv/app")
				if err != nil {
					b.Fatal(err)
				}
				if err := replaceAll(tree, source, n); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/file")
		})
	}
}

// BenchmarkServices stops and starts one of many services, 10,000 times.
func BenchmarkServices(b *testing.B) {
	d := &memory.Description{Name: "server"}
	for i := range 100 {
		d.Services = append(d.Services, memory.Service{Name: fmt.Sprintf("service%03d", i), Process: fmt.Sprintf("p%d", i)})
	}
	m, err := memory.New(d)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	for b.Loop() {
		h := overlay.New(m.Host()).Host()
		for i := range 10_000 {
			name := fmt.Sprintf("service%03d", i%100)
			if err := h.Services.Stop(ctx, name); err != nil {
				b.Fatal(err)
			}
			if err := h.Services.Start(ctx, name); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// TestGrowth shows that ten times the files take not much more than ten times
// the work, measured in memory that is allocated, which no other load disturbs.
func TestGrowth(t *testing.T) {
	allocs := func(n int) float64 {
		base, source := prepare(t, n)
		return testing.AllocsPerRun(1, func() {
			tree, err := overlay.New(base).Host().Files.Open(context.Background(), "/srv/app")
			must(t, err)
			must(t, replaceAll(tree, source, n))
		})
	}
	if small, large := allocs(300), allocs(3000); large > 12*small {
		t.Errorf("300 files take %.0f allocations, 3,000 take %.0f", small, large)
	}
}
