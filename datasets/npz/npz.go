package npz

import (
	"errors"
	"fmt"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/namedarrays"
)

// Format describes npz:FILE.
var Format = datasets.Format{
	Scheme: "npz", Example: "npz:recording.npz",
	Reads:   "arrays `train_images train_responses val_images val_responses test_images test_responses`, or only `images` and `responses`",
	Options: []datasets.Option{namedarrays.SeedOption},
	Open:    Open, Write: Write, Extension: ".npz",
}

// Open reads the archive at spec.Path. Images are [n, height, width] or [n, height, width, channels], responses [n, neurons],
// test responses also [repeats, n, neurons] with NaN for a missing repeat. Without val arrays, a tenth of the training part is split off.
// Covariates are [n, covariates], in test_covariates also [repeats, n, covariates], with their names in covariate_names.
// A response or covariate that is NaN was not recorded. Other arrays are ignored. Of an array that the
// archive has more than once the last counts, with a note in Dataset.Notes. Errors name the file and the array.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	seed, err := namedarrays.Seed(spec)
	if err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("npz: no file, want npz:FILE")
	}
	found, err := array.KeysNPZ(spec.Path)
	if err != nil {
		return nil, err
	}
	keys, missing := namedarrays.Wanted(found)
	if missing != "" {
		keys = []string{missing} // reading it fails with an error that lists the arrays found
	}
	arrays, err := array.ReadNPZ(spec.Path, keys...)
	if err != nil {
		return nil, err
	}
	d, err := namedarrays.FromArrays(arrays, func(key string) string { return spec.Path + ": " + key }, seed)
	if err != nil {
		return nil, err
	}
	repeated, err := array.RepeatedNPZ(spec.Path)
	if err != nil {
		return nil, err
	}
	for _, key := range repeated {
		if slices.Contains(keys, key) {
			d.Notes = append(d.Notes, datasets.Finding{
				Severity: datasets.SeverityWarning, Code: "repeated-member",
				Message: fmt.Sprintf("%s: the archive has %s more than once; the last counts, as for NumPy", spec.Path, key),
				Advice:  "if the last is the right one, write the archive anew (v1lab data convert)",
			})
		}
	}
	return d, nil
}

// Write writes a dataset as one archive that Open can read, including neurons, truth, split and normalisation if known.
// An existing file is replaced atomically.
func Write(path string, d *datasets.Dataset) error {
	arrays, err := namedarrays.ToArrays(d)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return array.WriteNPZ(path, arrays)
}
