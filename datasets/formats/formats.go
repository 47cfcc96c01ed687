package formats

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/prepare"
)

// Values of the option normalise.
var methods = []string{datasets.Reference, "none", datasets.Pixel, datasets.Signed}

// Open opens the dataset named spec. Every scheme accepts the options of package prepare and normalise: reference (the default), one
// mean and SD for all pixels; pixel, a mean and SD for each; signed, as reference with negative responses kept; or none.
// A file whose values were already normalised by the requested method is left as it is; so it is with none. It is an error if nothing can be
// fitted (see datasets.Dataset.Validate).
func Open(spec string) (*datasets.Dataset, error) {
	d, err := OpenRaw(spec)
	if err != nil {
		return nil, err
	}
	if err := Finish(d); err != nil {
		return nil, err
	}
	return d, nil
}

// Finish validates and normalises a dataset from OpenRaw as its name says, and overwrites its arrays. Open is OpenRaw and then Finish.
func Finish(d *datasets.Dataset) error {
	spec, err := datasets.ParseSpec(d.Spec)
	if err != nil {
		return err
	}
	method, err := normalisation(spec)
	if err != nil {
		return err
	}
	if err := d.Validate(); err != nil {
		return fmt.Errorf("%s: %w", d.Spec, err)
	}
	if n := d.Normalisation; slices.Contains([]string{datasets.Pixel, datasets.Signed}, method) && n != nil && n.Method != method {
		return fmt.Errorf("data %q: option normalise=%s, the file holds values normalised by %s; accepted: reference or none", d.Spec, method, n.Method)
	}
	if method != "none" && d.Normalisation == nil {
		if err := datasets.NormaliseInPlace(d, method); err != nil {
			return fmt.Errorf("%s: %w", d.Spec, err)
		}
	}
	return nil
}

// OpenRaw opens and prepares the dataset without normalising or validating it, as datasets.Check needs it.
func OpenRaw(text string) (*datasets.Dataset, error) {
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		return nil, err
	}
	format, ok := Find(spec.Scheme)
	if !ok {
		return nil, fmt.Errorf("data %q: unknown scheme %q, want %s", text, spec.Scheme, strings.Join(Schemes(), ", "))
	}
	if _, err := normalisation(spec); err != nil {
		return nil, fmt.Errorf("data %q: %w", text, err)
	}
	options, err := prepare.Parse(common(spec, format.Options))
	if err != nil {
		return nil, err
	}
	d, err := open(format, spec)
	if err != nil {
		return nil, err
	}
	if err := prepare.Apply(d, options); err != nil {
		return nil, fmt.Errorf("data %q: %w", text, err)
	}
	d.Spec = text
	return d, nil
}

// common returns a name without the options that the format itself reads: neurons=20 is a number for the simulator, a choice elsewhere.
func common(spec datasets.Spec, own []datasets.Option) datasets.Spec {
	options := maps.Clone(spec.Options)
	for _, o := range own {
		options.Del(o.Name)
	}
	spec.Options = options
	return spec
}

// normalisation returns the method that a name asks for.
func normalisation(spec datasets.Spec) (string, error) {
	if !spec.Options.Has("normalise") {
		return datasets.Reference, nil
	}
	method := spec.Options.Get("normalise")
	if !slices.Contains(methods, method) {
		return "", fmt.Errorf("option normalise=%q, want %s", method, strings.Join(methods, " or "))
	}
	return method, nil
}
