package study

import (
	"fmt"
	"slices"
	"strings"
)

// part is one experiment of a study: the fits that it needs and what they tell. Each has its file.
type part struct {
	name   string
	fits   func(*builder)           // adds the conditions that it needs; those that another part added count for both
	report func(*reporter, *Report) // fills in what its fits tell
	tables func(*Report) []Table    // shows it; none where the report has not this part
	claims func(*Report) []Claim    // says how claims of the paper fare; none likewise. nil: it tells nothing about them
}

// allParts lists the parts in the order in which they are made and shown.
var allParts = []part{performance, efficiency, transfer, clusters, sparsity}

// Parts lists the names of the parts in the order in which they are made and shown.
func Parts() []string {
	var names []string
	for _, p := range allParts {
		names = append(names, p.name)
	}
	return names
}

// partsNamed returns the parts of some names (none: all) in the order of Parts.
func partsNamed(names []string) ([]part, error) {
	for _, name := range names {
		if !slices.Contains(Parts(), name) {
			return nil, fmt.Errorf("study: part %q; accepted: %s", name, strings.Join(Parts(), ", "))
		}
	}
	if len(names) == 0 {
		return allParts, nil
	}
	return slices.DeleteFunc(slices.Clone(allParts), func(p part) bool { return !slices.Contains(names, p.name) }), nil
}
