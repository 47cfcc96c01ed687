package lab

import (
	"os"
	"strings"

	"v1lab/kernels/v1labhome"
	"v1lab/notebooks/display"
)

// Param returns a notebook's parameter: what the headless runner was given with --set name=value, else fallback. Capitals and small letters
// are the same in a name, and so are . - and _. The runner refuses names that no cell has in quotes in a call of Param or Int.
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
