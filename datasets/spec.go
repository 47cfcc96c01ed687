package datasets

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Spec is the parsed name of a dataset, as given on the command line and in configurations:
// scheme:path?option=value&...
type Spec struct {
	Scheme  string
	Path    string
	Options url.Values
}

// ParseSpec parses a dataset's name. It does not check schemes and options: the format that opens the dataset does.
func ParseSpec(s string) (Spec, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" {
		return Spec{}, fmt.Errorf("data %q: no scheme, want scheme:path?option=value as in npz:recording.npz or simulated:?seed=1", s)
	}
	path, query, _ := strings.Cut(rest, "?")
	options, err := url.ParseQuery(query)
	if err != nil {
		return Spec{}, fmt.Errorf("data %q: options %q: %w", s, query, err)
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if n := len(options[name]); n > 1 {
			return Spec{}, fmt.Errorf("data %q: option %q is given %d times", s, name, n)
		}
	}
	return Spec{Scheme: scheme, Path: path, Options: options}, nil
}

// String formats the name again, options in alphabetical order.
func (s Spec) String() string {
	name := s.Scheme + ":" + s.Path
	if len(s.Options) > 0 {
		name += "?" + s.Options.Encode()
	}
	return name
}

// OptionReader reads the options of one Spec. Every option that is read counts as accepted.
// Done reports the first option that had a bad value or that was never read.
type OptionReader struct {
	spec  Spec
	asked []string
	err   error
}

// Read starts reading options. It accepts CommonOptions, which whoever opens the dataset reads.
func (s Spec) Read() *OptionReader {
	return &OptionReader{spec: s, asked: optionNames(CommonOptions())}
}

// Int reads a whole number of at least lowest.
func (o *OptionReader) Int(name string, fallback, lowest int) int {
	text, ok := o.text(name)
	if !ok {
		return fallback
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < lowest {
		o.fail(name, text, fmt.Sprintf("a whole number of at least %d", lowest))
		return fallback
	}
	return v
}

// Uint64 reads a seed.
func (o *OptionReader) Uint64(name string, fallback uint64) uint64 {
	text, ok := o.text(name)
	if !ok {
		return fallback
	}
	v, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		o.fail(name, text, "a whole number from 0 to 18446744073709551615")
		return fallback
	}
	return v
}

// Float reads a number between lowest and highest.
func (o *OptionReader) Float(name string, fallback, lowest, highest float64) float64 {
	text, ok := o.text(name)
	if !ok {
		return fallback
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= lowest && v <= highest) {
		o.fail(name, text, fmt.Sprintf("a number from %v to %v", lowest, highest))
		return fallback
	}
	return v
}

// Choice reads one of the accepted words.
func (o *OptionReader) Choice(name, fallback string, accepted ...string) string {
	text, ok := o.text(name)
	if !ok {
		return fallback
	}
	if !slices.Contains(accepted, text) {
		o.fail(name, text, strings.Join(accepted, " or "))
		return fallback
	}
	return text
}

// Text reads text that is not empty, such as a path or a name.
func (o *OptionReader) Text(name, fallback string) string {
	text, ok := o.text(name)
	if !ok {
		return fallback
	}
	if text == "" {
		o.fail(name, text, "a text that is not empty")
		return fallback
	}
	return text
}

// List reads a comma-separated list of accepted words, none of them twice.
func (o *OptionReader) List(name string, fallback []string, accepted ...string) []string {
	text, ok := o.text(name)
	if !ok {
		return fallback
	}
	words := strings.Split(text, ",")
	for i, w := range words {
		if !slices.Contains(accepted, w) || slices.Contains(words[:i], w) {
			o.fail(name, text, "a list, each at most once, of "+strings.Join(accepted, ","))
			return fallback
		}
	}
	return words
}

// Done returns the first error. It names the option, what was found and what is accepted.
func (o *OptionReader) Done() error {
	if o.err != nil {
		return o.err
	}
	for _, name := range slices.Sorted(maps.Keys(o.spec.Options)) {
		if !slices.Contains(o.asked, name) {
			return fmt.Errorf("data %q: unknown option %q, did you mean %q? (accepted: %s)", o.spec, name, Nearest(name, o.asked), strings.Join(o.asked, ", "))
		}
	}
	return nil
}

func (o *OptionReader) text(name string) (string, bool) {
	if !slices.Contains(o.asked, name) {
		o.asked = append(o.asked, name)
	}
	return o.spec.Options.Get(name), o.spec.Options.Has(name)
}

func (o *OptionReader) fail(name, found, accepted string) {
	if o.err == nil {
		o.err = fmt.Errorf("data %q: option %s=%q, want %s", o.spec, name, found, accepted)
	}
}

// Nearest returns the accepted word that takes the fewest insertions, deletions and replacements to reach.
func Nearest(word string, accepted []string) string {
	best, least := "", len(word)+1000
	for _, candidate := range accepted {
		row := make([]int, len(candidate)+1)
		for j := range row {
			row[j] = j
		}
		for i := range len(word) {
			diagonal := row[0]
			row[0] = i + 1
			for j := range len(candidate) {
				change := diagonal
				if word[i] != candidate[j] {
					change++
				}
				diagonal = row[j+1]
				row[j+1] = min(change, row[j]+1, row[j+1]+1)
			}
		}
		if d := row[len(candidate)]; d < least {
			best, least = candidate, d
		}
	}
	return best
}
