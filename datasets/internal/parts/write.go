package parts

import (
	"encoding/json"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// ToArrays is the inverse of FromArrays. Test responses always have the repeats axis, images always the channels.
func ToArrays(d *datasets.Dataset) (map[string]array.Array, error) {
	arrays := map[string]array.Array{}
	for key, im := range map[string]datasets.Images{"train_images": d.Train.Images, "val_images": d.Val.Images, "test_images": d.Test.Images} {
		arrays[key] = array.New(im.Pixels, im.N, im.Height, im.Width, im.Channels)
	}
	for key, r := range map[string]datasets.Responses{"train_responses": d.Train.Responses, "val_responses": d.Val.Responses} {
		arrays[key] = array.New(r.Values, r.N, r.Neurons)
	}
	test := d.Test.Responses
	arrays["test_responses"] = array.New(test.Values, test.Repeats, test.N, test.Neurons)

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
	if t := d.Truth; t != nil {
		arrays["truth_type"] = array.New(t.Type)
		if len(t.TypeNames) > 0 {
			arrays["truth_type_names"] = array.New(t.TypeNames)
		}
		arrays["truth_orientation"] = array.New(t.Orientation)
		arrays["truth_x"] = array.New(t.X)
		arrays["truth_y"] = array.New(t.Y)
	}
	if d.Normalisation != nil {
		text, err := json.Marshal(d.Normalisation)
		if err != nil {
			return nil, err
		}
		arrays["normalisation"] = array.Scalar(string(text))
	}
	if d.Split != nil {
		text, err := json.Marshal(d.Split)
		if err != nil {
			return nil, err
		}
		arrays["split"] = array.Scalar(string(text))
	}
	return arrays, nil
}
