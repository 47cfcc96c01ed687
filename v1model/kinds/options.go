package kinds

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Options are the numbers, by name, of a kind that another package or a notebook defines.
type Options map[string]float64

// Get returns the value of an option, or the value otherwise if it is not set.
func (o Options) Get(name string, otherwise float64) float64 {
	if v, ok := o[name]; ok {
		return v
	}
	return otherwise
}

// Check returns an error that names the first option that the kind does not have, or whose value is not finite. field is the key of the options in
// the configuration, such as core.options.
func (o Options) Check(field, kind string, accepted []string) error {
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(accepted, name) {
			text := "none, as the kind is " + kind
			if len(accepted) > 0 {
				text = strings.Join(accepted, ", ")
			}
			return fmt.Errorf("%s: found %q; accepted: %s", field, name, text)
		}
		if v := o[name]; math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s.%s: %g, must be finite", field, name, v)
		}
	}
	return nil
}
