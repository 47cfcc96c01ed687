package insilico

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"v1lab/datasets/array"
)

// A file of unfinished discriminative stimuli holds the key of the computation, the state of all images, and, once they are made to tell clusters apart, the
// scale of each chosen neuron. Calls of the device have a fixed number of steps and batches a fixed place for each image, so work goes on to the bit.

// key identifies the computation: it includes everything that the result depends on.
func (j *contrastJob) key() (string, error) {
	o := j.options
	p := j.chosen
	clusters, err := json.Marshal([]any{p.neurons, p.labels, p.masks, p.weights, p.biases})
	if err != nil {
		return "", fmt.Errorf("discriminate: %w", err)
	}
	key, err := json.Marshal(map[string]any{
		"model": j.subject.fingerprint, "clusters": fmt.Sprintf("%x", sha256.Sum256(clusters)), "images": o.Images, "norm": o.Norm, "smoothness": o.Smoothness, "rate": o.LearningRate,
		"steps": o.MaxSteps, "patience": o.Patience, "decay": o.Decay, "seed": o.Seed, "batch": o.Batch, "range": o.Range, "std": o.Std, "temperature": o.Temperature,
		"normalisation": j.subject.Normalisation,
	})
	return string(key), err
}

// interrupted saves the unfinished work and returns an error that tells where it is.
func (j *contrastJob) interrupted(cause error) error {
	if j.options.Partial == "" {
		return fmt.Errorf("discriminate: stopped, and nothing is kept: %w", cause)
	}
	if err := j.save(); err != nil {
		return err
	}
	return fmt.Errorf("discriminate: stopped, kept in %s: %w", j.options.Partial, cause)
}

func (j *contrastJob) save() error {
	key, err := j.key()
	if err != nil {
		return err
	}
	arrays := map[string]array.Array{"key": array.Scalar(key), "scale": array.New(j.chosen.scale)}
	for place, v := range meiState {
		var all []float32
		for _, im := range j.images {
			all = append(all, im.values[place]...)
		}
		arrays[v.name] = array.New(all)
	}
	if err := array.WriteNPZ(j.options.Partial, arrays); err != nil {
		return fmt.Errorf("unfinished images: %w", err)
	}
	return nil
}

// load reads the file of unfinished work into the images, if there is one.
func (j *contrastJob) load() error {
	path := j.options.Partial
	arrays, err := unfinished(path)
	if arrays == nil {
		return err
	}
	key, err := j.key()
	if err != nil {
		return err
	}
	if text := arrays["key"].Strings(); len(text) != 1 || text[0] != key {
		return fmt.Errorf("unfinished images: %s is of another run, other clusters or other settings; go on with those, or remove the file to begin anew", path)
	}
	r := reader{arrays: arrays}
	scale := r.float32s("scale")
	for place, v := range meiState {
		all, size := r.float32s(v.name), j.subject.stateSize(place)
		if r.err == nil && len(all) != size*len(j.images) {
			r.err = fmt.Errorf("%s: %d values; accepted: %d", v.name, len(all), size*len(j.images))
		}
		if r.err != nil {
			break
		}
		for i, im := range j.images {
			im.values[place] = all[i*size : (i+1)*size : (i+1)*size]
		}
	}
	if r.err == nil && len(scale) != 0 && len(scale) != len(j.chosen.neurons) {
		r.err = fmt.Errorf("scale: %d values; accepted: %d, or none", len(scale), len(j.chosen.neurons))
	}
	if r.err != nil {
		return fmt.Errorf("unfinished images: %s: %w; remove the file to begin anew", path, r.err)
	}
	if len(scale) > 0 {
		j.chosen.scale = scale
	}
	return nil
}
