package report

import (
	"encoding/json"
	"fmt"
	"io"

	"quiesce/executor/plan"
	"quiesce/internal/diag"
	"quiesce/runbooks"
)

// DiagnosticsFormat is the name and version of diagnostics as JSON.
const DiagnosticsFormat = "quiesce.diagnostics/v1"

// WriteJSON writes a value as one indented document.
func WriteJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// WriteDiagnosticsJSON writes the list as JSON, with the files that were read.
func WriteDiagnosticsJSON(w io.Writer, files []string, list diag.List) error {
	errs := 0
	for _, d := range list {
		if d.Severity == diag.Error {
			errs++
		}
	}
	return WriteJSON(w, struct {
		Format      string    `json:"format"`
		Files       []string  `json:"files"`
		Errors      int       `json:"errors"`
		Warnings    int       `json:"warnings"`
		Diagnostics diag.List `json:"diagnostics"`
	}{DiagnosticsFormat, files, errs, len(list) - errs, append(diag.List{}, list...)})
}

// GraphFormat is the name and version of a graph as JSON.
const GraphFormat = "quiesce.graph/v1"

// graphNode is one step of a graph.
type graphNode struct {
	ID     string   `json:"id"`
	Name   string   `json:"name,omitempty"`
	Action string   `json:"action"`
	Needs  []string `json:"needs"`
}

// WriteGraphJSON writes the steps of a runbook and what each waits for.
func WriteGraphJSON(w io.Writer, rb *runbooks.Runbook, waits map[string][]string) error {
	nodes := []graphNode{}
	for _, s := range rb.Steps {
		nodes = append(nodes, graphNode{s.ID, s.Name, s.Action, append([]string{}, waits[s.ID]...)})
	}
	return WriteJSON(w, struct {
		Format  string      `json:"format"`
		Runbook string      `json:"runbook"`
		Steps   []graphNode `json:"steps"`
	}{GraphFormat, rb.Name, nodes})
}

// ShownFormat is the name and version of a run and its plan as JSON.
const ShownFormat = "quiesce.shown/v1"

// WriteShownJSON writes how a run stands, and its plan.
func WriteShownJSON(w io.Writer, p *plan.Plan, r *Run) error {
	return WriteJSON(w, struct {
		Format string     `json:"format"`
		Run    *Run       `json:"run"`
		Plan   *plan.Plan `json:"plan"`
	}{ShownFormat, r, p})
}
