package cli

import (
	"github.com/spf13/cobra"
)

func newCompletion(a *app) *cobra.Command {
	shells := []string{"bash", "fish", "powershell", "zsh"}
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print what makes a shell complete quiesce: bash, fish, powershell or zsh",
		Example:   "  source <(quiesce completion bash)",
		Args:      exactly("a SHELL: bash, fish, powershell or zsh"),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Out, true)
			case "fish":
				return root.GenFishCompletion(a.Out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.Out)
			case "zsh":
				return root.GenZshCompletion(a.Out)
			}
			return usage("no completion for the shell %q: bash, fish, powershell or zsh", args[0])
		},
	}
}
