package namedarrays

import (
	"encoding/json"
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// ToArrays is the inverse of FromArrays. Test responses always have the repeats axis and images the channels axis. A dataset that does not
// pass Validate is an error. Sessions are written as one block. Optional contents, from neurons to the normalisation, are written if known.
func ToArrays(d *datasets.Dataset) (map[string]array.Array, error) {
	if err := d.Validate(); err != nil {
		return nil, fmt.Errorf("not written: %w", err)
	}
	d, err := d.Dense() // the arrays have no place for sessions of their own
	if err != nil {
		return nil, fmt.Errorf("not written: %w", err)
	}
	arrays := map[string]array.Array{}
	for key, im := range map[string]datasets.Images{"train_images": d.Train.Images, "val_images": d.Val.Images, "test_images": d.Test.Images} {
		arrays[key] = array.New(im.Pixels, im.N, im.Height, im.Width, im.Channels)
	}
	for key, r := range map[string]datasets.Responses{"train_responses": d.Train.Responses, "val_responses": d.Val.Responses} {
		arrays[key] = array.New(r.Values, r.N, r.Neurons)
	}
	test := d.Test.Responses
	arrays["test_responses"] = array.New(test.Values, test.Repeats, test.N, test.Neurons)

	if names := d.Train.Covariates.Names; len(names) > 0 {
		arrays["covariate_names"] = array.New(names)
		arrays["train_covariates"] = array.New(d.Train.Covariates.Values, d.Train.Responses.N, len(names))
		arrays["val_covariates"] = array.New(d.Val.Covariates.Values, d.Val.Responses.N, len(names))
		arrays["test_covariates"] = array.New(d.Test.Covariates.Values, test.Repeats, test.N, len(names))
	}
	if n := len(d.Neurons); n > 0 {
		ids, sessions, layers := make([]string, n), make([]string, n), make([]string, n)
		positions := make([]float64, 0, 3*n)
		for i, c := range d.Neurons {
			ids[i], sessions[i], layers[i] = c.ID, c.Session, c.Layer
			positions = append(positions, c.X, c.Y, c.Z)
		}
		arrays["neuron_ids"] = array.New(ids)
		arrays["neuron_sessions"] = array.New(sessions)
		arrays["neuron_layers"] = array.New(layers)
		arrays["neuron_positions"] = array.New(positions, n, 3)
	}
	if e := d.Test.Expected; len(e.Values) > 0 {
		arrays["truth_expected"] = array.New(e.Values, e.N, e.Neurons)
	}
	if t := d.Truth; t != nil {
		arrays["truth_type"] = array.New(t.Type)
		if len(t.TypeNames) > 0 {
			arrays["truth_type_names"] = array.New(t.TypeNames)
		}
		arrays["truth_orientation"] = array.New(t.Orientation)
		arrays["truth_x"] = array.New(t.X)
		arrays["truth_y"] = array.New(t.Y)
		for i, trials := range []*datasets.TrialTruth{t.Train, t.Val, t.Test} {
			if trials == nil {
				continue
			}
			if trials.Gain != nil {
				arrays["truth_"+partNames[i]+"_gain"] = array.New(trials.Gain)
			}
			if trials.Shift != nil {
				arrays["truth_"+partNames[i]+"_shift"] = array.New(trials.Shift, len(trials.Shift)/2, 2)
			}
		}
	}
	for _, record := range []struct {
		key   string
		known bool
		value any
	}{
		{"normalisation", d.Normalisation != nil, d.Normalisation},
		{"preparation", d.Preparation != nil, d.Preparation},
		{"split", d.Split != nil, d.Split},
	} {
		if !record.known {
			continue
		}
		text, err := json.Marshal(record.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", record.key, err)
		}
		arrays[record.key] = array.Scalar(string(text))
	}
	return arrays, nil
}
