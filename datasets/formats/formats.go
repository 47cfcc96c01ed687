package formats

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/iclr2019"
	"v1lab/datasets/npy"
	"v1lab/datasets/npz"
	"v1lab/datasets/simulated"
)

// opener reads the raw dataset that a spec names.
type opener func(datasets.Spec) (*datasets.Dataset, error)

var schemes = map[string]opener{
	"iclr2019":  iclr2019.Open,
	"npz":       npz.Open,
	"npy":       npy.Open,
	"simulated": simulated.Open,
}

// Schemes lists the accepted schemes in alphabetical order.
func Schemes() []string { return slices.Sorted(maps.Keys(schemes)) }

// Open opens the dataset called spec. Every scheme takes normalise=reference (the default) or none.
// A file that holds normalised values stays as it is. What no fit can work with (see datasets.Dataset.Validate) is an error.
func Open(spec string) (*datasets.Dataset, error) {
	d, normalise, err := open(spec)
	if err != nil {
		return nil, err
	}
	if err := d.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", spec, err)
	}
	if normalise && d.Normalisation == nil {
		if err := datasets.Normalise(d); err != nil {
			return nil, fmt.Errorf("%s: %w", spec, err)
		}
	}
	return d, nil
}

// OpenRaw opens the dataset without normalising or validating it, which is what datasets.Check wants to see.
func OpenRaw(spec string) (*datasets.Dataset, error) {
	d, _, err := open(spec)
	return d, err
}

func open(text string) (d *datasets.Dataset, normalise bool, err error) {
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		return nil, false, err
	}
	open, ok := schemes[spec.Scheme]
	if !ok {
		return nil, false, fmt.Errorf("data %q: unknown scheme %q, want %s", text, spec.Scheme, strings.Join(Schemes(), ", "))
	}
	switch v := spec.Options.Get("normalise"); {
	case !spec.Options.Has("normalise") || v == "reference":
		normalise = true
	case v == "none":
	default:
		return nil, false, fmt.Errorf("data %q: option normalise=%q, want reference or none", text, v)
	}
	if d, err = open(spec); err != nil {
		return nil, false, err
	}
	d.Spec = text
	return d, normalise, nil
}
