package fitted

import (
	"context"
	"slices"

	"v1lab/v1model/celltypes"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
	"v1lab/v1model/ondevice"
)

// Kept holds the stored results of in-silico experiments on the run's weights.
type Kept = kept.Results

// Subject returns the model as the subject of in-silico experiments, in which silent neurons are dead. It can be used until the run is closed.
func (r *Run) Subject(ctx context.Context) (*insilico.Subject, error) {
	return r.subject.get(func() (*insilico.Subject, error) { return subjectOf(ctx, r) })
}

// subjectOf returns one run, or several fits of one recording, as a subject.
func subjectOf(ctx context.Context, runs ...*Run) (*insilico.Subject, error) {
	var models []*ondevice.Model
	for _, r := range runs {
		d, err := r.OnDevice(ctx)
		if err != nil {
			return nil, err
		}
		models = append(models, d)
	}
	s, err := insilico.New(models...)
	if err != nil {
		return nil, err
	}
	r := runs[0]
	s.Silence(r.neverVary())
	if s.Normalisation = r.Dataset.Normalisation; s.Normalisation != nil && s.Normalisation.ImageRange == nil && r.recording.made {
		n := *s.Normalisation // of an earlier version
		n.ImageRange = r.ImageRange()
		s.Normalisation = &n
	}
	return s, nil
}

// Key identifies a result by the run's weights, the neurons and the settings. See kept.Key.
func (r *Run) Key(neurons []int, settings string) (string, error) {
	w, err := r.Weights()
	if err != nil {
		return "", err
	}
	return kept.Key(w.Fingerprint(), neurons, settings), nil
}

// Kept reads the most exciting images and tuning that the run folder stores for the run's weights.
func (r *Run) Kept() (Kept, error) {
	return r.kept.get(func() (Kept, error) {
		w, err := r.Weights()
		if err != nil {
			return Kept{}, err
		}
		all, err := kept.ReadAll(r.Path, w.Fingerprint())
		if err != nil {
			return all, err
		}
		silent := r.neverVary() // older versions did not mark them
		mark := func(neurons []int, dead []bool) {
			for i, n := range neurons {
				dead[i] = dead[i] || slices.Contains(silent, n)
			}
		}
		for _, m := range slices.Concat(all.MEIs, all.Inhibiting, all.Diverse) {
			mark(m.Neurons, m.Dead)
		}
		for _, t := range all.Tuning {
			mark(t.Optimal.Neurons, t.Optimal.Dead)
		}
		return all, nil
	})
}

// Refresh forgets what Kept has read: another process may have written more.
func (r *Run) Refresh() { r.kept = lazy[Kept]{} }

// Keep writes a result with the key from Key to a file that Kept can read.
func (r *Run) Keep(path, key string, result kept.Result) error {
	r.kept = lazy[Kept]{}
	return kept.Write(path, key, result)
}

// Discriminate finds most discriminative stimuli for the clusters of an analysis of this run.
func (r *Run) Discriminate(ctx context.Context, a *celltypes.Analysis, o insilico.DiscriminateOptions) (*insilico.Discriminative, error) {
	s, err := r.Subject(ctx)
	if err != nil {
		return nil, err
	}
	return s.Discriminate(ctx, a.Alignment.Weights(), a.Clustering.Labels, o)
}
