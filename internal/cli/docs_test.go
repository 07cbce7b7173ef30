package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"quiesce/executor"
)

// The guide names every command, every flag, every exit code and every event.
func TestGuide(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/command-line.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(data)
	wants := func(text string) {
		t.Helper()
		if !strings.Contains(guide, text) {
			t.Errorf("docs/command-line.md has no %q", text)
		}
	}
	root := newRoot(newApp(Streams{In: strings.NewReader("")}))
	flags := func(f *pflag.Flag) { wants("--" + f.Name) }
	root.PersistentFlags().VisitAll(flags)
	commands := map[string]*cobra.Command{}
	for _, c := range root.Commands() {
		commands[c.Name()] = c
		wants("quiesce " + c.Use)
		c.LocalFlags().VisitAll(flags)
	}
	if len(commands) < 12 {
		t.Errorf("only %d commands", len(commands))
	}
	for code := Done; code <= AnotherHas; code++ {
		wants("\n| " + string(rune('0'+code)) + " | ")
	}
	for _, e := range []executor.EventType{
		executor.RunStarted, executor.StepStarted, executor.StepSkipped, executor.ChangeApplied, executor.StepProgress,
		executor.StepRetried, executor.StepDone, executor.StepFailed, executor.StepContinued, executor.RollbackStarted,
		executor.ChangeUndone, executor.UndoFailed, executor.RunEnded,
	} {
		wants("`" + string(e) + "`")
	}
}
