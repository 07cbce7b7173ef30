package report

import (
	"fmt"
	"io"
	"time"
)

// HistoryFormat is the name and version of the list of runs as JSON.
const HistoryFormat = "quiesce.history/v1"

// History is the runs of a state directory, the oldest first.
type History struct {
	Format string  `json:"format"`
	Runs   []Entry `json:"runs"`
}

// Entry is one run in the list.
type Entry struct {
	ID        string    `json:"id"`
	Runbook   string    `json:"runbook"`
	Host      string    `json:"host"`
	State     string    `json:"state"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended"`
	Made      int       `json:"made"`
	Planned   int       `json:"planned"`
	Simulated bool      `json:"simulated"`
	// Backups is the bytes of the host's disk that its backups take; nil if it
	// has none any more, or if that cannot be told, which Unmeasured then says.
	Backups    *int64 `json:"backups,omitempty"`
	Unmeasured string `json:"unmeasured,omitempty"`
	// Finalized is FinalizedDone, FinalizedPartly or empty.
	Finalized string `json:"finalized,omitempty"`
	// Reason is why a run was closed.
	Reason string `json:"reason,omitempty"`
	// Error says why a run cannot be read; all but the id is empty then.
	Error string `json:"error,omitempty"`
}

// row is an entry as a table shows it.
func (e Entry) row() []string {
	if e.Error != "" {
		return []string{e.ID, "unreadable", "", "", "", "", Visible(e.Error)}
	}
	host := Visible(e.Host)
	if e.Simulated {
		host += " (simulated)"
	}
	runbook := Visible(e.Runbook)
	if e.Reason != "" {
		runbook += " (" + Visible(e.Reason) + ")"
	}
	return []string{
		e.ID, finalizedText(e.State, e.Finalized), host, grouped(int64(e.Made)) + "/" + grouped(int64(e.Planned)),
		elapsed(e.Ended.Sub(e.Started)), e.backupsText(), runbook,
	}
}

func (e Entry) backupsText() string {
	switch {
	case e.Unmeasured != "":
		return "?"
	case e.Backups == nil:
		return "-"
	}
	return Bytes(*e.Backups)
}

// Bytes shows an amount of bytes as people read it.
func Bytes(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	amount, unit := float64(n), ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB"} {
		if amount /= 1024; amount < 1023.95 {
			break
		}
	}
	return fmt.Sprintf("%.1f %s", amount, unit)
}

func historyHead() []string {
	return []string{"run", "outcome", "host", "changes", "took", "backups", "runbook"}
}

// WriteHistory writes the list of runs as a table.
func WriteHistory(w io.Writer, s Style, h *History) error {
	p := &page{Style: s}
	rows := [][]string{historyHead()}
	for _, e := range h.Runs {
		rows = append(rows, e.row())
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], columns(cell))
		}
	}
	for n, row := range rows {
		for i, cell := range row {
			tint := paint("")
			switch {
			case n == 0:
				tint = dim
			case i == 1:
				tint = stateTint(h.Runs[n-1].State)
			}
			if i < len(row)-1 {
				cell = pad(cell, widths[i]) + "  "
			}
			p.WriteString(p.paint(tint, cell))
		}
		p.line()
	}
	return p.flush(w)
}
