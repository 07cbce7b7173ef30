package cli

import (
	"strconv"
	"strings"
	"time"
)

// ageOf reads how long ago something was: days, as 30d, or a duration of Go.
func ageOf(text string) (time.Duration, error) {
	days, isDays := strings.CutSuffix(text, "d")
	age, err := time.ParseDuration(text)
	if isDays {
		var n int64
		n, err = strconv.ParseInt(days, 10, 32)
		age = time.Duration(n) * 24 * time.Hour
		if n > 100_000 { // beyond what a duration holds
			age = -1
		}
	}
	if err != nil || age < 0 {
		return 0, usage("%q is no age: write 30d, 36h", text)
	}
	return age, nil
}
