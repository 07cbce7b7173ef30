package monitor

import (
	"fmt"
	"strings"
)

// Rows returns the table of signs as the guide writes it.
func Rows() []string {
	var rows []string
	for _, s := range table() {
		var names, ports []string
		for _, p := range s.processes {
			names = append(names, p.name)
		}
		for _, p := range s.ports {
			ports = append(ports, fmt.Sprint(p))
		}
		row := "| `" + s.monitor + "` |"
		for _, cell := range [][]string{names, ports, s.pipes} {
			if len(cell) > 0 {
				row += " " + strings.Join(cell, ", ")
			}
			row += " |"
		}
		rows = append(rows, row)
	}
	return rows
}
