package study

import (
	"fmt"
	"slices"
	"strings"
)

// part is one experiment of a study: its fits and its results. Each has a file of its own.
type part struct {
	name   string
	fits   func(*builder)           // adds the conditions that it needs; parts share conditions of one name
	report func(*reporter, *Report) // fills in the part's results
	tables func(*Report) []Table    // shows the results; empty if the report lacks this part
	byName bool                     // made only if it is asked for by name, and needs no main model
	claims func(*Report) []Claim    // judges claims of the paper; empty if the report lacks this part. nil: no claims
}

// allParts lists the parts in the order in which they are made and shown.
var allParts = []part{performance, efficiency, transfer, clusters, sparsity, animals}

// Parts lists the names of the parts in the order in which they are made and shown.
func Parts() []string {
	var names []string
	for _, p := range allParts {
		names = append(names, p.name)
	}
	return names
}

// partsNamed returns the parts of some names (none: all that need not be asked for by name) in the order of Parts.
func partsNamed(names []string) ([]part, error) {
	for _, name := range names {
		if !slices.Contains(Parts(), name) {
			return nil, fmt.Errorf("study: part %q; accepted: %s", name, strings.Join(Parts(), ", "))
		}
	}
	if len(names) == 0 {
		return slices.DeleteFunc(slices.Clone(allParts), func(p part) bool { return p.byName }), nil
	}
	return slices.DeleteFunc(slices.Clone(allParts), func(p part) bool { return !slices.Contains(names, p.name) }), nil
}
