package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const about = `Quiesce runs declarative runbooks that patch a server and can always go back.

  quiesce plan RUNBOOK --out PLAN    see what a runbook would do here, and keep it
  quiesce apply PLAN                 do exactly that
  quiesce rollback last              take it back`

// newRoot makes the command line.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "quiesce",
		Short:         "Patch a server, and always go back",
		Long:          about,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.openLog() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetFlagErrorFunc(flagError)
	flags := root.PersistentFlags()
	flags.StringVar(&a.global.state, "state", "", "where runs are kept (default $QUIESCE_STATE, or a place of the system)")
	flags.StringVar(&a.global.logLevel, "log-level", "warn", "error, warn, info, debug or trace")
	flags.StringVar(&a.global.logFormat, "log-format", "text", "text or json")
	flags.StringVar(&a.global.logFile, "log-file", "", "append the log to a file instead of the standard error")
	flags.BoolVar(&a.global.noColour, "no-color", false, "no colours (also by NO_COLOR)")
	flags.BoolVarP(&a.global.quiet, "quiet", "q", false, "results and errors only")
	root.AddCommand(
		newValidate(a), newGraph(a), newPlan(a), newShow(a), newApply(a), newStatus(a), newResume(a),
		newRollback(a), newClose(a), newFinalize(a), newHistory(a), newSchema(a), newVersion(a), newCompletion(a))
	return root
}

// unknownCommand names the command that was most likely meant.
func unknownCommand(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	err := fmt.Errorf("unknown command %q", name)
	if meant := meant(name, names); meant != "" {
		return hinted(err, "did you mean quiesce "+meant+"?")
	}
	return hinted(err, "the commands are "+strings.Join(names, ", "))
}

// meant returns the name that is nearest to a misspelt one, in the judgement of
// cobra, or "".
func meant(name string, names []string) string {
	parent := &cobra.Command{SuggestionsMinimumDistance: 2}
	for _, n := range names {
		parent.AddCommand(&cobra.Command{Use: n, Run: func(*cobra.Command, []string) {}})
	}
	if found := parent.SuggestionsFor(name); len(found) > 0 {
		return found[0]
	}
	return ""
}

var unknownFlag = regexp.MustCompile(`^unknown (?:shorthand )?flag: (?:'.' in )?(\S+)`)

// flagError names the flag that was most likely meant.
func flagError(cmd *cobra.Command, err error) error {
	match := unknownFlag.FindStringSubmatch(err.Error())
	if match == nil {
		return hinted(err, cmd.CommandPath()+" --help shows the flags")
	}
	var names []string
	for _, set := range []*pflag.FlagSet{cmd.LocalFlags(), cmd.InheritedFlags()} {
		set.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	}
	slices.Sort(names)
	if meant := meant(strings.TrimLeft(match[1], "-"), names); meant != "" {
		return hinted(err, "did you mean --"+meant+"?")
	}
	return hinted(err, cmd.CommandPath()+" --help shows the flags")
}

// exactly wants as many arguments as it has names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		return hinted(fmt.Errorf("%s wants %s, and got %d arguments", cmd.CommandPath(), strings.Join(names, " and "), len(args)),
			"the form is "+cmd.UseLine())
	}
}

// atMostOne wants one argument or none.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return hinted(fmt.Errorf("%s wants at most one argument, and got %d", cmd.CommandPath(), len(args)), "the form is "+cmd.UseLine())
}

// atLeastOne wants one argument or more.
func atLeastOne(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return nil
	}
	return hinted(fmt.Errorf("%s wants at least one argument", cmd.CommandPath()), "the form is "+cmd.UseLine())
}

// formatFlag adds --format with the formats that a command knows, the first of
// which is the default.
func formatFlag(cmd *cobra.Command, into *string, known ...string) {
	cmd.Flags().Var(&choice{into, known}, "format", strings.Join(known, ", "))
	*into = known[0]
	err := cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag was added just above
	}
}

// choice is a flag that takes one of some words.
type choice struct {
	value *string
	known []string
}

// String implements pflag.Value.
func (c *choice) String() string { return *c.value }

// Type implements pflag.Value.
func (c *choice) Type() string { return "FORMAT" }

// Set implements pflag.Value.
func (c *choice) Set(text string) error {
	if !slices.Contains(c.known, text) {
		return fmt.Errorf("known are %s", strings.Join(c.known, ", "))
	}
	*c.value = text
	return nil
}

// exactlyNone wants no arguments.
func exactlyNone(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return hinted(fmt.Errorf("%s wants no arguments, and got %q", cmd.CommandPath(), args[0]), "the form is "+cmd.UseLine())
}
