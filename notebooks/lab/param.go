package lab

import (
	"os"
	"strings"

	"v1lab/kernels/v1labhome"
	"v1lab/notebooks/display"
)

// Param returns a notebook's parameter: the value of v1lab notebook --set name=value, else fallback. Names ignore case, and . - and _ are the same.
// v1lab notebook accepts only names that occur as quoted arguments of Param or Int in a cell.
func Param(name, fallback string) string {
	if v, ok := os.LookupEnv(v1labhome.ParamVariable(name)); ok {
		return v
	}
	return fallback
}

// Settings splits a parameter that holds settings, such as "fit.max_steps=50;fit.batch=32", at semicolons.
func Settings(text string) []string {
	var settings []string
	for s := range strings.SplitSeq(text, ";") {
		if s = strings.TrimSpace(s); s != "" {
			settings = append(settings, s)
		}
	}
	return settings
}

// Must returns v, or ends the cell with err.
func Must[T any](v T, err error) T { return display.Must(v, err) }
