package webpage

import (
	"context"
	"fmt"
	"slices"

	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
)

// experiments is what is shown of those on a run's model.
type experiments struct {
	figures        []report.Named
	tables         []titledTable // of tuning
	fields, tuning []fact        // what is missing
}

// inSilico draws receptive fields of each group's strongest neurons and of the exemplars of clusters, which takes seconds, and what the run folder keeps
// of experiments that take longer: most exciting images and tuning.
func (a *analysed) inSilico(ctx context.Context) (e experiments, err error) {
	s, err := a.run.Subject(ctx)
	if err != nil {
		return e, err
	}
	layout, err := report.LayoutOf(ctx, a.run)
	if err != nil {
		return e, err
	}
	kept, err := a.run.Kept()
	if err != nil {
		return e, err
	}
	neurons := layout.Strongest(figures.GroupSize, nil, 0)
	if len(neurons) == 0 { // none has weights
		return e, nil
	}
	for _, of := range a.types.Exemplars {
		for _, n := range of {
			if !slices.Contains(neurons, n) {
				neurons = append(neurons, n)
			}
		}
	}
	fields, err := s.Fields(ctx, neurons, nil, nil)
	if err != nil {
		return e, err
	}
	images := kept.Best(everyNeuron(a.weight.Neurons))
	draw := func(name string, f func() (*figures.Figure, error)) {
		figure, failure := f()
		if failure != nil {
			a.Notes = append(a.Notes, fmt.Sprintf("The figure %s is left out: %v.", name, failure))
			return
		}
		e.figures = append(e.figures, report.Named{Name: name, Figure: figure})
	}
	draw("receptive_fields", func() (*figures.Figure, error) { return report.ReceptiveFields(layout, neurons, fields.Raw) })
	draw("receptive_fields_masked", func() (*figures.Figure, error) { return report.ReceptiveFields(layout, neurons, fields.Masked) })
	draw("exemplars", func() (*figures.Figure, error) {
		for _, of := range a.types.Exemplars {
			for _, n := range of {
				if images == nil || !slices.Contains(images.Neurons, n) {
					return report.ExemplarFields(layout, a.types.Exemplars, fields)
				}
			}
		}
		var types []int
		var names []string
		if truth := a.run.Truth(); truth != nil {
			types, names = truth.Type, truth.TypeNames
		}
		return report.Exemplars(layout, a.types.Exemplars, fields, images, types, names)
	})
	if images != nil {
		draw("most_exciting_images", func() (*figures.Figure, error) { return report.MostExciting(layout, images) })
	}
	if t := kept.Widest(); t != nil {
		tuned := report.TunedOf(t, a.run.Truth())
		step := 180 / float64(len(t.Axes.Orientations))
		if tuned.Type != nil {
			draw("orientations", func() (*figures.Figure, error) { return report.Orientations(tuned, step) })
		}
		draw("tuning_measures", func() (*figures.Figure, error) { return report.TuningMeasures(tuned) })
		draw("tuning", func() (*figures.Figure, error) {
			return report.Tuning(t, t.Optimal.Neurons[:min(len(t.Optimal.Neurons), figures.MaxTuned)])
		})
		head, rows := report.TuningTable(tuned, step)
		e.tables = append(e.tables, titledTable{"Tuning, medians", table{head, rows}})
	}
	if images == nil {
		e.fields = []fact{{"most exciting images", "none", "the run folder keeps what v1lab mei --run RUN --out RUN/insilico/mei.npz finds"}}
	}
	if len(kept.Tuning) == 0 {
		e.tuning = []fact{{"tuning", "none", "the run folder keeps what v1lab tune --run RUN --out RUN/insilico/tuning.npz measures"}}
	}
	return e, nil
}

func everyNeuron(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
