package lab

import (
	"fmt"
	"strconv"

	"v1lab/notebooks/display"
)

// Int returns a notebook's parameter that is a whole number from least on, or ends the cell.
func Int(name string, fallback, least int) int {
	text := Param(name, strconv.Itoa(fallback))
	v, err := strconv.Atoi(text)
	if err != nil || v < least {
		display.Check(fmt.Errorf("parameter %s: found %q; accepted: a whole number from %d", name, text, least))
	}
	return v
}
