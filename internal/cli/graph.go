package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"quiesce/executor/graph"
	"quiesce/internal/report"
	"quiesce/runbooks"
)

type graphOptions struct {
	runbook string
	format  string
}

func newGraph(a *app) *cobra.Command {
	o := graphOptions{}
	cmd := &cobra.Command{
		Use:   "graph RUNBOOK",
		Short: "Draw which step waits for which",
		Args:  exactly("a RUNBOOK"),
		RunE: func(_ *cobra.Command, args []string) error {
			o.runbook = args[0]
			return a.graph(o)
		},
	}
	formatFlag(cmd, &o.format, "text", "mermaid", "dot", "json")
	return cmd
}

func (a *app) graph(o graphOptions) error {
	rb, err := a.readRunbook(o.runbook)
	if err != nil {
		return err
	}
	waits := rb.Waits()
	if o.format == "json" {
		return report.WriteGraphJSON(a.Out, rb, waits)
	}
	g, err := graphOf(rb, waits)
	if err != nil {
		return err
	}
	text, err := draw(g, o.format, labels(rb))
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.Out, text)
	return err
}

func graphOf(rb *runbooks.Runbook, waits map[string][]string) (*graph.Graph, error) {
	g := &graph.Graph{}
	for _, s := range rb.Steps {
		g.Add(s.ID)
	}
	for _, s := range rb.Steps {
		for _, on := range waits[s.ID] {
			if err := g.Wait(s.ID, on); err != nil {
				return nil, fmt.Errorf("draw the graph: %w", err)
			}
		}
	}
	return g, nil
}

func draw(g *graph.Graph, format string, label func(string) string) (string, error) {
	switch format {
	case "mermaid":
		return g.Mermaid(label)
	case "dot":
		return g.DOT(label)
	}
	return g.Text(label)
}

// labels name each step by its id and what it is about.
func labels(rb *runbooks.Runbook) func(string) string {
	about := map[string]string{}
	for _, s := range rb.Steps {
		about[s.ID] = s.Name
		if s.Name == "" {
			about[s.ID] = s.Action
		}
	}
	return func(id string) string { return report.Visible(id + ": " + about[id]) }
}
