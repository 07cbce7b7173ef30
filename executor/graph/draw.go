package graph

import (
	"fmt"
	"strings"
)

// Text draws the graph for people: one line per node in order, with what it
// waits for. label names a node; nil takes its id.
func (g *Graph) Text(label func(id string) string) (string, error) {
	order, err := g.Order()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, id := range order {
		fmt.Fprintf(&b, "%d. %s", i+1, labelled(id, label))
		if waits := g.Waits(id); len(waits) > 0 {
			fmt.Fprintf(&b, "  <- %s", strings.Join(waits, ", "))
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// Mermaid draws the graph as a Mermaid flowchart.
func (g *Graph) Mermaid(label func(id string) string) (string, error) {
	order, err := g.Order()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	for _, id := range order {
		fmt.Fprintf(&b, "  n%d[\"%s\"]\n", g.index[id], mermaidText.Replace(labelled(id, label)))
	}
	for _, id := range order {
		for _, on := range g.Waits(id) {
			fmt.Fprintf(&b, "  n%d --> n%d\n", g.index[on], g.index[id])
		}
	}
	return b.String(), nil
}

// DOT draws the graph in the language of Graphviz.
func (g *Graph) DOT(label func(id string) string) (string, error) {
	order, err := g.Order()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("digraph runbook {\n  rankdir=TB;\n  node [shape=box];\n")
	for _, id := range order {
		fmt.Fprintf(&b, "  %s [label=%s];\n", dotText(id), dotText(labelled(id, label)))
	}
	for _, id := range order {
		for _, on := range g.Waits(id) {
			fmt.Fprintf(&b, "  %s -> %s;\n", dotText(on), dotText(id))
		}
	}
	b.WriteString("}\n")
	return b.String(), nil
}

func labelled(id string, label func(string) string) string {
	if label == nil {
		return id
	}
	return label(id)
}

var mermaidText = strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;", "\n", "<br/>")

// dotText quotes as DOT reads it: a backslash and a quote are escaped, a line
// break is \n.
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
