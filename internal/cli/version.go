package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"quiesce/internal/report"
)

// version is stamped by the linker.
var version = "0.1.0"

// tool names the program in plans and journals.
func tool() string { return "quiesce " + version }

// build is what the program is.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Changed bool   `json:"changed,omitempty"` // built from a tree that differs from the commit
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func newVersion(a *app) *cobra.Command {
	format := ""
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Args:  exactlyNone,
		RunE:  func(*cobra.Command, []string) error { return a.version(format) },
	}
	formatFlag(cmd, &format, "text", "json")
	return cmd
}

func (a *app) version(format string) error {
	b := thisBuild()
	if format == "json" {
		return report.WriteJSON(a.Out, b)
	}
	commit := ""
	if b.Commit != "" {
		commit = "commit " + b.Commit[:min(12, len(b.Commit))]
		if b.Changed {
			commit += " with changes"
		}
		commit += ", "
	}
	_, err := fmt.Fprintf(a.Out, "%s (%s%s, %s/%s)\n", tool(), commit, b.Go, b.OS, b.Arch)
	return err
}

func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Commit = s.Value
			case "vcs.modified":
				b.Changed = s.Value == "true"
			}
		}
	}
	return b
}
