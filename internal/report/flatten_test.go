package report_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"quiesce/internal/report"
)

func TestFlatten(t *testing.T) {
	t.Parallel()
	gone, busy := errors.New("gone"), errors.New("busy\nstill busy")
	two := multierror.Append(gone, busy)
	for _, test := range []struct {
		name string
		err  error
		want []string
	}{
		{"one error is itself", gone, []string{"gone"}},
		{"one gathered error", multierror.Append(nil, gone), []string{"gone"}},
		{"each of several, over as many lines as it has", two, []string{"gone", "busy\nstill busy"}},
		{"each keeps what all were said of", fmt.Errorf("step files: %w", multierror.Append(gone, errors.New("held"))), []string{"step files: gone", "step files: held"}},
		{"gathered ones among gathered ones",
			multierror.Append(fmt.Errorf("step a: %w", multierror.Append(nil, gone)), &single{fmt.Errorf("step b: %w", gone)}),
			[]string{"step a: gone", "step b: gone"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, report.Flatten(test.err.Error())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// single keeps an error from being flattened by the library.
type single struct{ error }
