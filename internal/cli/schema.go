package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"quiesce/runbooks"
)

func newSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of runbooks, for editors",
		Args:  exactlyNone,
		RunE:  func(*cobra.Command, []string) error { return a.schema() },
	}
}

func (a *app) schema() error {
	registry, err := a.registry()
	if err != nil {
		return err
	}
	schema, err := runbooks.Schema(registry)
	if err != nil {
		return fmt.Errorf("make the schema: %w", err)
	}
	_, err = a.Out.Write(schema)
	return err
}
