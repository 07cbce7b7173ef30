package runbooks

import (
	"math"
	"strconv"
	"strings"
)

// literal returns the value of a plain scalar in the core schema of YAML 1.2
// (chapter 10.3): yes, on, 1_000 and 2026-01-02 are text. A whole number that
// no int can hold is a float64.
func literal(text string) any {
	if text == "" {
		return nil
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
		return number(text)
	case strings.IndexByte("~nNtTfF", c) < 0:
		return text
	}
	switch text {
	case "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	return text
}

func number(text string) any {
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 || digits == "" {
		return text
	}
	switch digits {
	case ".inf", ".Inf", ".INF":
		if text[0] == '-' {
			return math.Inf(-1)
		}
		return math.Inf(1)
	case ".nan", ".NaN", ".NAN":
		return math.NaN()
	}
	if isAll(digits, "0123456789") {
		return integer(text, 10)
	}
	if rest, ok := strings.CutPrefix(text, "0o"); ok && isAll(rest, "01234567") {
		return integer(rest, 8)
	}
	if rest, ok := strings.CutPrefix(text, "0x"); ok && isAll(rest, "0123456789abcdefABCDEF") {
		return integer(rest, 16)
	}
	if isAll(digits, "0123456789.eE+-") {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	}
	return text
}

func integer(text string, base int) any {
	n, err := strconv.ParseInt(text, base, strconv.IntSize)
	if err == nil {
		return int(n)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || base != 10 {
		return math.Inf(1)
	}
	return f
}

func isAll(text, set string) bool {
	return text != "" && strings.Trim(text, set) == ""
}
