package report

import (
	"context"
	"errors"
	"slices"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
)

// Material is what figures of a run are drawn from: the run itself, and what is found of it when a figure first asks. It is for one goroutine
// at a time. What its methods return is kept, and not to be changed.
type Material struct {
	Run   *fitted.Run
	given Given
}

// Given is what is known already, or chosen: what is nil follows from the run.
type Given struct {
	Readouts []Readout           // the run's first, then those of up to three controls
	Types    *celltypes.Analysis // cell types; nil: those of features.Options{}
	Found    *celltypes.Report   // of Types: beside the truth and other fits
	Methods  []Grouped           // cell types by other methods
	Layout   *Layout             // of pictures of neurons
	Fields   *insilico.Fields    // nil: at grey, of each group's strongest neurons and of the exemplars of clusters
	Images   *insilico.MEIs      // nil: the best of each neuron that the run folder keeps
	Tuning   *insilico.Tuning    // nil: that of the most neurons that the run folder keeps
	Compared *compare.Report     // of several models' fits; nil: there is none
}

// NewMaterial is what figures of a run are drawn from.
func NewMaterial(run *fitted.Run, given Given) *Material { return &Material{Run: run, given: given} }

// Recording is what the run was fitted to; nil if it is not to be had.
func (m *Material) Recording() *datasets.Dataset {
	d, err := m.Run.Recording()
	if err != nil {
		return nil
	}
	return d
}

// Truth is that of a simulated recording; nil if there is none.
func (m *Material) Truth() *datasets.Truth { return m.Run.Truth() }

// Scores are the run's; nil without a recording.
func (m *Material) Scores(ctx context.Context) (*evaluate.Report, error) {
	if m.Recording() == nil {
		return nil, nil //nolint:nilnil // there is nothing to score
	}
	return m.Run.Scores(ctx)
}

// Readouts are the run's own and those of controls.
func (m *Material) Readouts() ([]Readout, error) {
	if m.given.Readouts == nil {
		r, err := ReadoutOf(m.Run)
		if err != nil {
			return nil, err
		}
		m.given.Readouts = []Readout{r}
	}
	return m.given.Readouts, nil
}

// Readout is the run's own.
func (m *Material) Readout() (Readout, error) {
	all, err := m.Readouts()
	if err != nil {
		return Readout{}, err
	}
	return all[0], nil
}

// Clustering groups the neurons by what they compute.
func (m *Material) Clustering(ctx context.Context) (features.Clustering, error) {
	if m.given.Types != nil {
		return m.given.Types.Clustering, nil
	}
	return m.Run.Cluster(ctx, features.Options{})
}

// Types is Clustering with alignment, embedding and exemplars.
func (m *Material) Types(ctx context.Context) (_ *celltypes.Analysis, err error) {
	if m.given.Types == nil {
		m.given.Types, err = m.Run.Analyse(ctx, features.Options{})
	}
	return m.given.Types, err
}

// Found sets the cell types beside the truth and, if they are of several fits, beside each other.
func (m *Material) Found(ctx context.Context) (*celltypes.Report, error) {
	if m.given.Found != nil {
		return m.given.Found, nil
	}
	types, err := m.Types(ctx)
	if err != nil {
		return nil, err
	}
	m.given.Found, err = celltypes.Describe([]*celltypes.Analysis{types}, m.Truth())
	return m.given.Found, err
}

// Methods are the cell types by every method of clustering.
func (m *Material) Methods(ctx context.Context) ([]Grouped, error) {
	if m.given.Methods != nil {
		return m.given.Methods, nil
	}
	types, err := m.Types(ctx)
	if err != nil {
		return nil, err
	}
	m.given.Methods, err = ByMethod(types, 0, m.Run.Config.Fit.Seed)
	return m.given.Methods, err
}

// Compared are the fits of several models; nil if there are none.
func (m *Material) Compared() *compare.Report { return m.given.Compared }

// Layout says how pictures of the neurons are arranged.
func (m *Material) Layout(ctx context.Context) (Layout, error) {
	if m.given.Layout == nil {
		l, err := LayoutOf(ctx, m.Run)
		if err != nil {
			return Layout{}, err
		}
		m.given.Layout = &l
	}
	return *m.given.Layout, nil
}

// Fields are receptive fields, of each group's strongest neurons and of the exemplars of clusters unless others were given; nil if no neuron has weights.
func (m *Material) Fields(ctx context.Context) (*insilico.Fields, error) {
	if m.given.Fields != nil {
		return m.given.Fields, nil
	}
	layout, err := m.Layout(ctx)
	if err != nil {
		return nil, err
	}
	neurons := layout.Strongest(figures.GroupSize, nil, 0)
	if len(neurons) == 0 {
		return nil, nil //nolint:nilnil // there is nothing to draw
	}
	types, err := m.Types(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range slices.Concat(types.Exemplars...) {
		if !slices.Contains(neurons, n) {
			neurons = append(neurons, n)
		}
	}
	s, err := m.Run.Subject(ctx)
	if err != nil {
		return nil, err
	}
	m.given.Fields, err = s.Fields(ctx, neurons, nil, nil)
	return m.given.Fields, err
}

// Images are most exciting images; nil if none were given and the run folder keeps none.
func (m *Material) Images() (*insilico.MEIs, error) {
	if m.given.Images == nil {
		kept, err := m.Run.Kept()
		if err != nil {
			return nil, err
		}
		every := make([]int, m.Run.Dataset.Shape.Neurons)
		for n := range every {
			every[n] = n
		}
		m.given.Images = kept.Best(every)
	}
	return m.given.Images, nil
}

// Tuning is what was measured around optimal Gabors; nil if nothing was given and the run folder keeps nothing.
func (m *Material) Tuning() (*insilico.Tuning, error) {
	if m.given.Tuning == nil {
		kept, err := m.Run.Kept()
		if err != nil {
			return nil, err
		}
		m.given.Tuning = kept.Widest()
	}
	return m.given.Tuning, nil
}

// Tuned is Tuning in the units of figures, beside the truth, with the step of the grid's orientations in degrees; ok is false if there is none.
func (m *Material) Tuned() (tuned Tuned, step float64, ok bool, err error) {
	t, err := m.Tuning()
	if err != nil || t == nil {
		return Tuned{}, 0, false, err
	}
	if len(t.Axes.Orientations) == 0 {
		return Tuned{}, 0, false, errors.New("tuning: found no orientations; at least 1 is needed")
	}
	return TunedOf(t, m.Truth()), 180 / float64(len(t.Axes.Orientations)), true, nil
}
