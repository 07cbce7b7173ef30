package hosttest

import (
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
)

// wantError reports an error that wraps none of those allowed.
func wantError(t *testing.T, err error, allowed ...error) {
	t.Helper()
	if !slices.ContainsFunc(allowed, func(target error) bool { return errors.Is(err, target) }) {
		t.Errorf("got error %v, want one of %v", err, allowed)
	}
}

// noError ends the test if there is an error.
func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantUnsupported reports anything but errors.ErrUnsupported.
func wantUnsupported(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%s: got error %v, want errors.ErrUnsupported", what, err)
	}
}

// wantData reports a file whose bytes are others.
func wantData(t *testing.T, fs afero.Fs, name, want string) {
	t.Helper()
	got, err := afero.ReadFile(fs, name)
	if err != nil {
		t.Error(err)
		return
	}
	if string(got) != want {
		t.Errorf("%s holds %q, want %q", name, got, want)
	}
}

// wantMissing reports a name that something has.
func wantMissing(t *testing.T, fs afero.Fs, name string) {
	t.Helper()
	if _, _, err := fs.(afero.Lstater).LstatIfPossible(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("lstat %s: got %v, want nothing there", name, err)
	}
}

// wantEqual reports a difference.
func wantEqual(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func write(t *testing.T, fs afero.Fs, name, data string) {
	t.Helper()
	noError(t, afero.WriteFile(fs, name, []byte(data), 0o644))
}

// namesIn returns the names in a directory, sorted.
func namesIn(t *testing.T, fs afero.Fs, dir string) []string {
	t.Helper()
	infos, err := afero.ReadDir(fs, dir)
	noError(t, err)
	names := make([]string, len(infos))
	for i, info := range infos {
		names[i] = info.Name()
	}
	return names
}
