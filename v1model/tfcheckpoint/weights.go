package tfcheckpoint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/weights"
)

var (
	slot    = regexp.MustCompile(`^(.*)/Adam(_\d+)?$`)
	counter = regexp.MustCompile(`^(.*/)?(beta[12]_power|global_step)(_\d+)?$`)
)

// Weights reads the variables of a model. The checkpoint's names may have a common scope in front of the model's names
// ("scope/core/conv1/coeffs"). The optimiser's variables and step counters are ignored; unmapped lists the other variables that the model does not use.
// If variables of the model are missing, have another shape or are not floating-point, the error names all of them.
func Weights(c *Checkpoint, m *v1model.Model) (values weights.Values, unmapped []string, err error) {
	specs := m.Specs()
	scope, err := c.scope(specs)
	if err != nil {
		return nil, nil, err
	}
	var missing, wrong []string
	used := map[string]bool{}
	for _, s := range specs {
		name := scope + s.Name
		e, ok := c.entries[name]
		used[name] = true
		switch {
		case !ok:
			missing = append(missing, name)
		case !slices.Equal(e.shape, s.Shape):
			wrong = append(wrong, fmt.Sprintf("%s has shape %s, the model needs %s", printable(name), array.FormatShape(e.shape), array.FormatShape(s.Shape)))
		case typeName(e.dtype) != "float32" && typeName(e.dtype) != "float64":
			wrong = append(wrong, fmt.Sprintf("%s is of type %s, the model needs float32", printable(name), typeName(e.dtype)))
		}
	}
	var problems []string
	if len(missing) > 0 {
		problems = append(problems, "missing: "+list(missing))
	}
	if len(wrong) > 0 {
		problems = append(problems, strings.Join(wrong, ", "))
	}
	if len(problems) > 0 {
		return nil, nil, fmt.Errorf("%s: the checkpoint does not fit the model: %s", c.prefix, strings.Join(problems, "; "))
	}
	values = weights.Values{}
	for _, s := range specs {
		a, err := c.Read(scope + s.Name)
		if err != nil {
			return nil, nil, err
		}
		floats, err := a.Float32s()
		if err != nil {
			return nil, nil, fmt.Errorf("%s: variable %q: %w", c.prefix, scope+s.Name, err)
		}
		values[s.Name] = array.Array{Shape: a.Shape, Data: floats}
	}
	for _, name := range c.Names() {
		if !used[name] && !optimiser(name, specs) {
			unmapped = append(unmapped, name)
		}
	}
	return values, unmapped, nil
}

// scope returns the prefix, with its slash, under which the checkpoint has most of the model's names.
func (c *Checkpoint) scope(specs []weights.Spec) (string, error) {
	found := map[string]int{}
	for name := range c.entries {
		for _, s := range specs {
			if scope, ok := strings.CutSuffix(name, s.Name); ok && (scope == "" || strings.HasSuffix(scope, "/")) {
				found[scope]++
			}
		}
	}
	best := ""
	for _, scope := range slices.Sorted(maps.Keys(found)) { // no scope sorts first and wins a tie
		if found[scope] > found[best] {
			best = scope
		}
	}
	for _, scope := range slices.Sorted(maps.Keys(found)) {
		if best != "" && scope != best && found[scope] == found[best] {
			return "", fmt.Errorf("%s: several models, under %s and %s, want one", c.prefix, printable(min(best, scope)), printable(max(best, scope)))
		}
	}
	return best, nil
}

// optimiser tells whether a variable belongs to training, not to the model: moments of variables, powers of decays, steps.
func optimiser(name string, specs []weights.Spec) bool {
	if counter.MatchString(name) {
		return true
	}
	parts := slot.FindStringSubmatch(name)
	return parts != nil && slices.ContainsFunc(specs, func(s weights.Spec) bool {
		return parts[1] == s.Name || strings.HasSuffix(parts[1], "/"+s.Name)
	})
}
