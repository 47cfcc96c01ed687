package npz

import (
	"errors"
	"fmt"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/arrayfile"
	"v1lab/datasets/internal/namedarrays"
)

// Format describes npz:FILE.
var Format = datasets.Format{
	Scheme: "npz", Example: "npz:recording.npz",
	Reads:   "arrays `train_images train_responses val_images val_responses test_images test_responses`, or only `images` and `responses`, which labels (`tiers`) or indices (`train val test`) may divide",
	Options: arrayfile.KeyOptions(),
	Open:    Open, Write: Write, Extension: ".npz", Sessions: datasets.SessionsIn(".npz"),
}

// Open reads the archive at spec.Path. Images are [n, height, width] or [n, height, width, channels], responses [n, neurons],
// test responses also [repeats, n, neurons] with NaN for a missing repeat. Without val arrays, a tenth of the training part is split off.
// Covariates are [n, covariates], in test_covariates also [repeats, n, covariates], with their names in covariate_names.
// A response or covariate that is NaN was not recorded. Arrays of other names are not used. Of an array that the archive has more than once
// the last counts, with a note in Dataset.Notes. Options are those of package arrayfile. Errors name the file and the array.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	wanted := arrayfile.ReadOptions(options)
	if err := options.Done(); err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("npz: no file, want npz:FILE")
	}
	names, err := array.KeysNPZ(spec.Path)
	if err != nil {
		return nil, err
	}
	return wanted.Open(spec.Path, "array", archive{spec.Path, names})
}

// archive adapts an .npz archive to package arrayfile.
type archive struct {
	path  string
	names []string
}

func (f archive) Names() ([]string, error) { return f.names, nil }

func (f archive) Has(name string) bool { return slices.Contains(f.names, name) }

func (f archive) Check(name string) error {
	if !f.Has(name) {
		return fmt.Errorf("%s: no array %q", f.path, name)
	}
	return nil
}

func (f archive) Read(names ...string) (map[string]array.Array, error) {
	return array.ReadNPZ(f.path, names...)
}

// Notes returns a finding for each array that the archive has more than once.
func (f archive) Notes(names []string) (notes []datasets.Finding, err error) {
	repeated, err := array.RepeatedNPZ(f.path)
	for _, name := range repeated {
		if slices.Contains(names, name) {
			notes = append(notes, datasets.Finding{
				Severity: datasets.SeverityWarning, Code: "repeated-member",
				Message: fmt.Sprintf("%s: the archive has %s more than once; the last counts, as for NumPy", f.path, name),
				Advice:  "if the last is the right one, write the archive anew (v1lab data convert)",
			})
		}
	}
	return notes, err
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
