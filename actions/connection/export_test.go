package connection

import (
	"fmt"
	"strings"
)

// Rows returns the table of kinds as the guide writes it.
func Rows() []string {
	var rows []string
	for _, k := range kinds() {
		var ports []string
		for _, p := range k.ports {
			ports = append(ports, fmt.Sprintf("%s %d", p.protocol, p.number))
		}
		row := "| `" + k.name + "` |"
		for _, cell := range [][]string{ports, k.processes, k.services, append(k.pipes, k.clients...)} {
			if len(cell) > 0 {
				row += " " + strings.Join(cell, ", ")
			}
			row += " |"
		}
		rows = append(rows, row)
	}
	return rows
}
