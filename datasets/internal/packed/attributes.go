package packed

import (
	"fmt"
	"math"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// Read reads the packing of an array from its attributes. attribute returns one by name; ok is false if there is none. Attributes that are not
// numbers where they must be are errors, for values would be wrong without them.
//
// Source: Climate and Forecast conventions 1.11, sections 2.5.1 and 8.1; _Unsigned is from the netCDF user's guide.
func Read(attribute func(name string) (a array.Array, ok bool, err error)) (p Packing, err error) {
	for _, one := range []struct {
		name   string
		values int // how many it has; 0: any number
		set    func(v []float64) bool
	}{
		{"scale_factor", 1, func(v []float64) bool { p.Scale = v[0]; return finite(v[0]) && v[0] != 0 }},
		{"add_offset", 1, func(v []float64) bool { p.Offset = v[0]; return finite(v[0]) }},
		{"_FillValue", 0, func(v []float64) bool { p.Missing = append(p.Missing, v...); return true }},
		{"missing_value", 0, func(v []float64) bool { p.Missing = append(p.Missing, v...); return true }},
		{"valid_min", 1, func(v []float64) bool { p.valid(v[0], math.Inf(1)); return v[0] == v[0] }},
		{"valid_max", 1, func(v []float64) bool { p.valid(math.Inf(-1), v[0]); return v[0] == v[0] }},
		{"valid_range", 2, func(v []float64) bool { p.valid(v[0], v[1]); return v[0] <= v[1] }},
	} {
		a, ok, err := attribute(one.name)
		if err != nil {
			return p, err
		}
		if !ok {
			continue
		}
		values, err := a.Float64s()
		if err != nil || one.values > 0 && len(values) != one.values || !one.set(values) {
			return p, fmt.Errorf("attribute %s is %s, want %s", one.name, shown(a), wanted(one.values))
		}
	}
	a, ok, err := attribute("_Unsigned")
	if err != nil || !ok {
		return p, err
	}
	switch words := a.Strings(); {
	case len(words) == 1 && (words[0] == "true" || words[0] == "false"):
		p.Sign = words[0]
	default:
		return p, fmt.Errorf("attribute _Unsigned is %s, want true or false", shown(a))
	}
	return p, nil
}

// shown returns an attribute's value for an error, as JSON has it but cut short.
func shown(a array.Array) string {
	var words []string
	for i, w := range a.Strings() {
		if i == 4 {
			words = append(words, "...")
			break
		}
		if a.Type() == "str" {
			w = fmt.Sprintf("%.40q", w)
		}
		words = append(words, w)
	}
	if len(words) == 1 {
		return words[0]
	}
	return "[" + strings.Join(words, ", ") + "]"
}

func finite(v float64) bool { return v-v == 0 }

func wanted(values int) string {
	switch values {
	case 1:
		return "a number"
	case 2:
		return "two numbers, the lower first"
	}
	return "numbers"
}

// valid narrows the range of valid values.
func (p *Packing) valid(low, high float64) {
	if p.Valid == nil {
		p.Valid = []float64{math.Inf(-1), math.Inf(1)}
	}
	p.Valid[0], p.Valid[1] = max(p.Valid[0], low), min(p.Valid[1], high)
}

// Notes returns a finding for each of the named arrays of a file of which Unpack counted invalid values, in this order.
func Notes(names []string, invalid map[string]int, label func(name string) string) (notes []datasets.Finding) {
	for _, name := range names {
		if n := invalid[name]; n > 0 {
			notes = append(notes, datasets.Finding{
				Severity: datasets.SeverityWarning, Code: "invalid-values",
				Message: fmt.Sprintf("%s: %d values are outside the range that the attributes valid_min, valid_max or valid_range give; they count as missing", label(name), n),
				Advice:  "if they are meant, mend the attribute in the file",
				Numbers: map[string]float64{"count": float64(n)},
			})
		}
	}
	return notes
}
