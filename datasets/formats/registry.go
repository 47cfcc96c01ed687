package formats

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"v1lab/datasets"
)

// byScheme is filled by init functions and only read afterwards.
var byScheme = map[string]datasets.Format{}

// Register adds a format of another package. Call it from an init function, or from an init_ function in a notebook cell. It panics if the
// description is incomplete, or if the scheme or extension is taken, because that is a mistake in the program.
func Register(f datasets.Format) {
	if err := fault(f); err != nil {
		panic(fmt.Sprintf("formats: %v", err))
	}
	byScheme[f.Scheme] = f
}

// fault returns why a format cannot be registered.
func fault(f datasets.Format) error {
	switch {
	case f.Scheme == "" || strings.ContainsAny(f.Scheme, ":?& /"):
		return fmt.Errorf("scheme %q; accepted: one word", f.Scheme)
	case f.Open == nil:
		return fmt.Errorf("format %s: Open is nil", f.Scheme)
	case f.Reads == "" || strings.Contains(f.Reads, "\n"):
		return fmt.Errorf("format %s: Reads is %q; accepted: one line that says what it reads", f.Scheme, f.Reads)
	case !strings.HasPrefix(f.Example, f.Scheme+":"):
		return fmt.Errorf("format %s: Example is %q; accepted: a name of this scheme", f.Scheme, f.Example)
	case (f.Write == nil) != (f.Extension == ""):
		return fmt.Errorf("format %s: Write and Extension go together", f.Scheme)
	}
	if there, taken := byScheme[f.Scheme]; taken {
		return fmt.Errorf("scheme %s is taken; it reads %s", f.Scheme, there.Reads)
	}
	for _, there := range byScheme {
		if f.Extension != "" && there.Extension == f.Extension {
			return fmt.Errorf("format %s: extension %s is taken by %s", f.Scheme, f.Extension, there.Scheme)
		}
	}
	return nil
}

// All lists the formats in alphabetical order of their schemes.
func All() []datasets.Format {
	var all []datasets.Format
	for _, scheme := range Schemes() {
		all = append(all, byScheme[scheme])
	}
	return all
}

// Schemes lists the accepted schemes in alphabetical order.
func Schemes() []string { return slices.Sorted(maps.Keys(byScheme)) }

// Find returns the format of a scheme; ok is false if there is none.
func Find(scheme string) (f datasets.Format, ok bool) {
	f, ok = byScheme[scheme]
	return f, ok
}

// Writer returns the format that writes files with this extension. The error lists the accepted extensions.
func Writer(extension string) (datasets.Format, error) {
	var accepted []string
	for _, f := range All() {
		switch {
		case f.Extension == "":
		case f.Extension == extension:
			return f, nil
		default:
			accepted = append(accepted, f.Extension)
		}
	}
	return datasets.Format{}, fmt.Errorf("extension %q; accepted: %s", extension, strings.Join(accepted, ", "))
}
