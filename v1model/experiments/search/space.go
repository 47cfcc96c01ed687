package search

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Value is a value of a hyper-parameter: a float64 (log, lin), an int (int), or the bool, int, float64 or string of a choice (one).
type Value any

// Form is how values lie in a range.
type Form string

// Forms of ranges. Each is written KEY=FORM(...).
const (
	Log     Form = "log" // log(a,b): from a to b, uniform in the logarithm; a is above 0
	Linear  Form = "lin" // lin(a,b): from a to b, uniform
	Integer Form = "int" // int(a,b): whole numbers from a to b, both included
	Choice  Form = "one" // one(a,b,c): one of a list. Commas inside [] or "" do not divide: one([8,8,16],[16,16,32])
)

const forms = "log(a,b), lin(a,b), int(a,b), one(a,b,c)"

// Range is the set of values that a search draws for one key of a config.
type Range struct {
	Key       string // as after --set, such as readout.sparsity
	Form      Form
	Low, High float64 // smallest and largest value; 0 for choices
	Choices   []Value // of form one
}

// Space is the ranges of a search, sorted by key: the order in which they were named does not matter.
type Space []Range

// Paper is the name of the paper's space: log-uniform smoothness and sparsity of filters, and sparsity of the readout (Ecker et al., ICLR 2019).
const Paper = "ecker2019"

// presets are spaces with a name.
var presets = map[string][]string{
	Paper: {"core.smoothness=log(0.001,0.03)", "core.sparsity=log(0.001,0.1)", "readout.sparsity=log(0.005,0.03)"},
}

// ParseSpace reads ranges of the form KEY=log(a,b), KEY=lin(a,b), KEY=int(a,b) or KEY=one(a,b,c), and names of spaces: ecker2019. Unknown forms, ranges of
// no or one value, logarithms of 0 and less, and keys that are given twice are errors. Which keys a config has is not known here.
func ParseSpace(specs []string) (Space, error) {
	var s Space
	for _, spec := range specs {
		texts := []string{spec}
		if !strings.ContainsRune(spec, '=') {
			named, ok := presets[strings.TrimSpace(spec)]
			if !ok {
				return nil, fmt.Errorf("space %q: accepted: KEY=RANGE with a range of the form %s, or the space %s", spec, forms, Paper)
			}
			texts = named
		}
		for _, text := range texts {
			r, err := parseRange(text)
			if err != nil {
				return nil, fmt.Errorf("space %q: %w", spec, err)
			}
			if slices.ContainsFunc(s, func(o Range) bool { return o.Key == r.Key }) {
				return nil, fmt.Errorf("space %q: %s is given twice; accepted: one range for each key", spec, r.Key)
			}
			s = append(s, r)
		}
	}
	if len(s) == 0 {
		return nil, fmt.Errorf("space: no range; accepted: KEY=RANGE with a range of the form %s, or the space %s", forms, Paper)
	}
	slices.SortFunc(s, func(a, b Range) int { return cmp.Compare(a.Key, b.Key) })
	return s, nil
}

// text returns a number of the range as it is written.
func (r Range) text(x float64) string {
	if r.Form == Integer {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return Format(x)
}

// String returns the range as ParseSpace reads it, KEY=FORM(...).
func (r Range) String() string {
	items := []string{r.text(r.Low), r.text(r.High)}
	if r.Form == Choice {
		items = nil
		for _, c := range r.Choices {
			text := Format(c)
			if back, err := parseChoice(text); err != nil || back != c || quotable(text) {
				text = strconv.Quote(text)
			}
			items = append(items, text)
		}
	}
	return fmt.Sprintf("%s=%s(%s)", r.Key, r.Form, strings.Join(items, ","))
}

// quotable tells whether a choice must be quoted to be read as one.
func quotable(text string) bool {
	items, err := split(text)
	return err != nil || len(items) != 1 || items[0] != text
}

// Strings returns the ranges as ParseSpace reads them.
func (s Space) Strings() []string {
	var texts []string
	for _, r := range s {
		texts = append(texts, r.String())
	}
	return texts
}

// Format returns a value as it is written after --set KEY=. Floats have all digits that tell them from others.
func Format(v Value) string {
	if x, ok := v.(float64); ok {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

// Short returns a value for a person to read: floats have four digits.
func Short(v Value) string {
	if x, ok := v.(float64); ok {
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
	return Format(v)
}

// Settings returns values in the form KEY=VALUE, sorted by key, as v1model.Load takes them.
func Settings(values map[string]Value) []string {
	var settings []string
	for key, v := range values {
		settings = append(settings, key+"="+Format(v))
	}
	slices.Sort(settings)
	return settings
}
