package report

import "quiesce/actions"

// symbol is how a kind of change is drawn.
type symbol struct {
	mark, ascii string
	verb        string
	tint        paint
}

// symbolOf returns the symbol of a kind; one that this version does not know
// is drawn as its own name.
func symbolOf(kind string) symbol {
	switch kind {
	case actions.FileCreate:
		return symbol{"+", "+", "create", green}
	case actions.FileReplace:
		return symbol{"~", "~", "replace", yellow}
	case actions.FileRemove:
		return symbol{"-", "-", "remove", red}
	case actions.FileKeep:
		return symbol{"=", "=", "keep", dim}
	case actions.ServiceStop:
		return symbol{"■", "#", "stop", yellow}
	case actions.ServiceStart:
		return symbol{"▶", ">", "start", green}
	case actions.ConnectionEnd:
		return symbol{"✂", "x", "end", yellow}
	case actions.ProcessEnd:
		return symbol{"✗", "X", "end", red}
	case actions.MonitorAbsent:
		return symbol{"?", "?", "absent", cyan}
	case actions.MonitorSilence:
		return symbol{"○", "o", "silence", yellow}
	case actions.CommandRun:
		return symbol{"$", "$", "run", yellow}
	case actions.CheckPass:
		return symbol{"?", "?", "check", cyan}
	case actions.GateConfirm:
		return symbol{"‖", "!", "ask", cyan}
	}
	return symbol{"*", "*", kind, ""}
}
