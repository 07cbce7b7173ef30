package report_test

import (
	"strings"
	"testing"

	"quiesce/executor"
	"quiesce/executor/plan"
	"quiesce/internal/report"
)

func TestSpace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		volume      executor.Volume
		want, lacks string
	}{
		"enough":     {executor.Volume{Path: "/srv", Needed: 2048, Free: 4096}, "space    /srv: 2.0 KiB needed, 4.0 KiB free now\n", ""},
		"just so":    {executor.Volume{Path: "/", Needed: 4096, Free: 4096}, "4.0 KiB needed, 4.0 KiB free now\n", ""},
		"too little": {executor.Volume{Path: "/srv", Needed: 4096, Free: 1024}, "free now", "not enough space on the file system of /srv: 4.0 KiB needed, 1.0 KiB free, 3.0 KiB missing"},
		"records": {
			executor.Volume{Path: "/", Needed: 4096, Records: 2048, Free: 4096}, "/: 4.0 KiB needed, about 2.0 KiB for the records of the run, 4.0 KiB free now\n",
			"not enough space on the file system of /: 6.0 KiB needed, 4.0 KiB free, 2.0 KiB missing",
		},
		"only records": {executor.Volume{Path: "/var", Records: 2048, Free: 4096}, "/var: about 2.0 KiB for the records of the run, 4.0 KiB free now\n", ""},
		"cannot tell":  {executor.Volume{Path: "/", Needed: 4096, Unknown: true}, "/: 4.0 KiB needed\n", ""},
		"hostile name": {executor.Volume{Path: "/a\x1b[2J", Needed: 4096, Unknown: true}, `\x1b`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := report.WritePlan(&b, report.Style{}, &plan.Plan{}, []executor.Volume{test.volume}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), test.want) {
				t.Errorf("got %s, want %q", b.String(), test.want)
			}
			if got := report.Lacks(test.volume); got != test.lacks {
				t.Errorf("lacks %q, want %q", got, test.lacks)
			}
		})
	}
}
