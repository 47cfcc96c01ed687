package fitted

import (
	"context"

	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
)

// Kept is what the run folder keeps of experiments on the run's weights.
type Kept = kept.Results

// Subject is the model as experiments in silico take it, until the run is closed.
func (r *Run) Subject(ctx context.Context) (*insilico.Subject, error) {
	return r.subject.get(func() (*insilico.Subject, error) {
		d, err := r.OnDevice(ctx)
		if err != nil {
			return nil, err
		}
		return insilico.New(d)
	})
}

// Key says what a result of experiments is about: the run's weights, some neurons, and whatever else was asked. See kept.Key.
func (r *Run) Key(neurons []int, asked string) (string, error) {
	w, err := r.Weights()
	if err != nil {
		return "", err
	}
	return kept.Key(w.Fingerprint(), neurons, asked), nil
}

// Kept reads the most exciting images and tuning that the run folder keeps of the run's weights.
func (r *Run) Kept() (Kept, error) {
	return r.kept.get(func() (Kept, error) {
		w, err := r.Weights()
		if err != nil {
			return Kept{}, err
		}
		return kept.ReadAll(r.Path, w.Fingerprint())
	})
}

// Keep writes a result of experiments to a file, in the form that Kept reads; key is that of Key.
func (r *Run) Keep(path, key string, result kept.Result) error {
	r.kept = once[Kept]{}
	return kept.Write(path, key, result)
}
