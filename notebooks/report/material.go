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

// Material has the data of a run's figures. It computes results when a figure first asks for them and keeps them; callers must not change them. Only
// one goroutine may use it at a time.
type Material struct {
	Run        *fitted.Run
	given      Given
	clustering *features.Clustering // of Clustering, where no Types are known
}

// Given has results that are known already or were chosen by the caller. Results that are nil are computed from the run.
type Given struct {
	Readouts       []Readout                // the run's first, then those of up to three controls
	Types          *celltypes.Analysis      // cell types; nil: those of features.Options{}
	Found          *celltypes.Report        // comparison of Types with the true types and with other fits
	Methods        []Grouped                // cell types by other methods
	Layout         *Layout                  // of pictures of neurons
	Fields         *insilico.Fields         // receptive fields; nil: at grey, of each group's strongest neurons and of the exemplars of clusters
	Images         *insilico.MEIs           // most exciting images; nil: the best of each neuron in the run folder
	Inhibiting     *insilico.MEIs           // most inhibiting images; nil: likewise
	Diverse        *insilico.MEIs           // diverse exciting images; nil: those of most neurons in the run folder
	Discriminative *insilico.Discriminative // stimuli that tell the clusters of Types apart; nil: none
	Tuning         *insilico.Tuning         // nil: the result with the most neurons in the run folder
	Compared       *compare.Report          // comparison of several models; nil: none
}

// NewMaterial returns the data of a run's figures.
func NewMaterial(run *fitted.Run, given Given) *Material { return &Material{Run: run, given: given} }

// Recording returns the recording that the run was fitted to, nil if it cannot be opened.
func (m *Material) Recording() *datasets.Dataset {
	d, err := m.Run.Recording()
	if err != nil {
		return nil
	}
	return d
}

// Truth returns the truth of a simulated recording, nil if there is none.
func (m *Material) Truth() *datasets.Truth { return m.Run.Truth() }

// Scores returns the run's scores, nil without a recording.
func (m *Material) Scores(ctx context.Context) (*evaluate.Report, error) {
	if m.Recording() == nil {
		return nil, nil //nolint:nilnil // there is nothing to score
	}
	return m.Run.Scores(ctx)
}

// Readouts returns the run's readout, followed by those of controls.
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

// Readout returns the run's readout.
func (m *Material) Readout() (Readout, error) {
	all, err := m.Readouts()
	if err != nil {
		return Readout{}, err
	}
	return all[0], nil
}

// Clustering returns the clusters of the neurons.
func (m *Material) Clustering(ctx context.Context) (features.Clustering, error) {
	if m.given.Types != nil {
		return m.given.Types.Clustering, nil
	}
	if m.clustering == nil {
		c, err := m.Run.Cluster(ctx, features.Options{})
		if err != nil {
			return c, err
		}
		m.clustering = &c
	}
	return *m.clustering, nil
}

// Types returns the clusters with alignment, embedding and exemplars.
func (m *Material) Types(ctx context.Context) (_ *celltypes.Analysis, err error) {
	if m.given.Types == nil {
		m.given.Types, err = m.Run.Analyse(ctx, features.Options{})
	}
	return m.given.Types, err
}

// Found returns the comparison of the cell types with the true types and, if there are several fits, between fits.
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

// Methods returns the clusters that every clustering method finds.
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

// Compared returns the comparison of several models, nil if there is none.
func (m *Material) Compared() *compare.Report { return m.given.Compared }

// Layout returns the arrangement of pictures of the neurons.
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

// Fields returns receptive fields: those given, else those of each group's strongest neurons and of the exemplars, if neurons can be grouped. It is nil if no neuron has weights.
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
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err == nil { // else the neurons cannot be grouped, and fields need no groups
		for _, n := range slices.Concat(types.Exemplars...) {
			if !slices.Contains(neurons, n) {
				neurons = append(neurons, n)
			}
		}
	}
	s, err := m.Run.Subject(ctx)
	if err != nil {
		return nil, err
	}
	m.given.Fields, err = s.Fields(ctx, neurons, nil, nil)
	return m.given.Fields, err
}

// Images returns most exciting images, nil if none were given and the run folder has none.
func (m *Material) Images() (*insilico.MEIs, error) {
	return m.bestImages(&m.given.Images, fitted.Kept.Best)
}

// InhibitingImages returns most inhibiting images, nil if none were given and the run folder has none.
func (m *Material) InhibitingImages() (*insilico.MEIs, error) {
	return m.bestImages(&m.given.Inhibiting, fitted.Kept.MostInhibiting)
}

// DiverseImages returns diverse exciting images, nil if none were given and the run folder has none.
func (m *Material) DiverseImages() (*insilico.MEIs, error) {
	if m.given.Diverse == nil {
		stored, err := m.Run.Kept()
		if err != nil {
			return nil, err
		}
		m.given.Diverse = stored.WidestDiverse()
	}
	return m.given.Diverse, nil
}

func (m *Material) bestImages(given **insilico.MEIs, best func(k fitted.Kept, neurons []int) *insilico.MEIs) (*insilico.MEIs, error) {
	if *given == nil {
		stored, err := m.Run.Kept()
		if err != nil {
			return nil, err
		}
		every := make([]int, m.Run.Dataset.Shape.Neurons)
		for n := range every {
			every[n] = n
		}
		*given = best(stored, every)
	}
	return *given, nil
}

// Tuning returns the tuning of neurons, nil if none was given and the run folder has none.
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

// Tuned returns Tuning in the units of figures, with the truth, and the step of the grid's orientations in degrees. ok is false if there is none.
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
