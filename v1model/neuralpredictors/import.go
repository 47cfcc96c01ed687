package neuralpredictors

import (
	"fmt"
	"math"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/covariates"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// Accepted values of Masks.
const (
	Normalised = "normalised" // each mask is used divided by its norm + 1e-6, the default of neuralpredictors
	Raw        = "raw"        // as stored
)

// Import makes a run folder of the model at path. data describes the images and, if they are known, the data; recording may be nil. Without it, or if it is not
// normalised (normalise=none), images count as normalised already and covariates as z-scores. masks, Normalised or Raw, says how the masks of a factorised readout are used, which the file does not.
func (t *Twin) Import(config v1model.Config, data runfolder.Dataset, recording *datasets.Dataset, masks, path string) error {
	if data.Shape.Neurons == 0 {
		data.Shape.Neurons = t.Neurons
	}
	if n := data.Shape.Neurons; n != t.Neurons {
		return fmt.Errorf("--data: %d neurons; accepted: those of the model, %d", n, t.Neurons)
	}
	if behind, want := t.Inputs-data.Shape.Channels, len(config.Channels()); behind != want {
		return fmt.Errorf("modulation.covariates: the core of %s has %d input channels, images %d, and %d covariates are channels; accepted: names for the %d channels behind those of the images, in their order (--set modulation.kind=channels --set modulation.covariates=A,B,...)",
			t.file.Path(), t.Inputs, data.Shape.Channels, want, behind)
	}
	if n := len(config.Shifter.Covariates); n != t.shifter.inputs {
		return fmt.Errorf("shifter.covariates: %d names; accepted: %d, as many as the shifter of %s has inputs", n, t.shifter.inputs, t.file.Path())
	}
	m, err := v1model.New(config, data.Shape)
	if err != nil {
		return err
	}
	if h, w, _ := m.Core.OutputShape(); t.readout.kind == readout.Factorised && t.readout.maps != [2]int{h, w} {
		return fmt.Errorf("%s: masks of %dx%d, and feature maps of %dx%d from images of %dx%d with core.padding %v; accepted: the size of images and the padding of the fit", t.file.Path(), t.readout.maps[0], t.readout.maps[1],
			h, w, data.Shape.Height, data.Shape.Width, config.Core.Padding)
	}
	values, err := t.weights(masks)
	if err != nil {
		return err
	}
	names := config.Covariates()
	if recording != nil && len(names) > 0 {
		if err := covariates.Check(recording, names); err != nil {
			return err
		}
	}
	if recording != nil && data.Normalisation != nil {
		if err := covariates.Start(values, recording, names, false); err != nil {
			return err
		}
	} else if len(names) > 0 {
		sd := ones(len(names))
		values[covariates.Mean], values[covariates.SD] = array.New(make([]float32, len(names))), array.New(sd)
	}
	return runfolder.Store(path, config, data, values)
}

// weights joins the parts' variables.
func (t *Twin) weights(masks string) (weights.Values, error) {
	all := weights.Values{}
	for _, part := range []weights.Values{t.core.values, t.readout.values, t.shifter.values} {
		for name, a := range part {
			all[name] = a
		}
	}
	if t.readout.kind != readout.Factorised {
		if masks != "" {
			return nil, fmt.Errorf("--masks %s: the readout of %s has no masks; accepted: nothing", masks, t.file.Path())
		}
		return all, nil
	}
	switch masks {
	case Raw:
	case Normalised:
		all[readout.Masks] = normalised(all[readout.Masks])
	default:
		return nil, fmt.Errorf("%s: not in the checkpoint, and asked for by name: whether masks are used divided by their norm: --masks %s (the default of neuralpredictors) or %s", t.file.Path(), Normalised, Raw)
	}
	return all, nil
}

// normalised divides masks [neurons, height, width] by their norm + 1e-6.
func normalised(masks array.Array) array.Array {
	values := masks.Data.([]float32)
	out, places := make([]float32, len(values)), masks.Shape[1]*masks.Shape[2]
	for n := range masks.Shape[0] {
		sum := 0.0
		for _, v := range values[n*places : (n+1)*places] {
			sum += float64(v) * float64(v)
		}
		norm := math.Sqrt(sum) + 1e-6
		for i, v := range values[n*places : (n+1)*places] {
			out[n*places+i] = float32(float64(v) / norm)
		}
	}
	return array.New(out, masks.Shape...)
}
