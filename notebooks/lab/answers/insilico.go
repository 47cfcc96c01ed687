package answers

import (
	"context"
	"math"

	"v1lab/notebooks/lab/questions"
	"v1lab/v1model/insilico"
)

// Model is one run or an ensemble.
type Model interface {
	Subject(ctx context.Context) (*insilico.Subject, error)
}

func fields(ctx context.Context, a Asked, of questions.FieldsOf) (*insilico.Fields, error) {
	return Fields(ctx, a.Run, of)
}

func meis(ctx context.Context, a Asked, of questions.MEIsOf) (*insilico.MEIs, error) {
	return MEIs(ctx, a.Run, of, a.Progress)
}

func tuning(ctx context.Context, a Asked, of questions.TuningOf) (*insilico.Tuning, error) {
	return Tuning(ctx, a.Run, of, a.Progress)
}

// Fields computes receptive fields of a model.
func Fields(ctx context.Context, m Model, of questions.FieldsOf) (*insilico.Fields, error) {
	s, err := m.Subject(ctx)
	if err != nil {
		return nil, err
	}
	return s.Fields(ctx, of.Neurons, of.At, nil)
}

// MEIs finds most exciting images of a model.
func MEIs(ctx context.Context, m Model, of questions.MEIsOf, progress func(insilico.Progress)) (*insilico.MEIs, error) {
	s, err := m.Subject(ctx)
	if err != nil {
		return nil, err
	}
	o := of.Options
	o.Partial, o.Progress = of.Partial, progress
	return s.MEIs(ctx, of.Neurons, o)
}

// Tuning finds each neuron's optimal Gabor in a grid that covers the places where the neurons look, and measures curves around it.
func Tuning(ctx context.Context, m Model, of questions.TuningOf, progress func(insilico.Progress)) (*insilico.Tuning, error) {
	s, err := m.Subject(ctx)
	if err != nil {
		return nil, err
	}
	rows, columns, err := s.CentreRanges(of.Neurons, 2)
	if err != nil {
		return nil, err
	}
	g := insilico.SmallGrid(insilico.Range(columns[0], columns[1]), insilico.Range(rows[0], rows[1]))
	switch of.Grid {
	case "paper":
		g = insilico.PaperGrid(g.X, g.Y)
	case "coarse":
		g.X, g.Y, g.Sizes, g.Phases = everyThird(g.X), everyThird(g.Y), insilico.Geometric(6, 2, 2), insilico.Periodic(2*math.Pi, 4)
	}
	return s.Tuning(ctx, of.Neurons, g, insilico.Axes{}, insilico.SearchOptions{Partial: of.Partial, Progress: progress})
}

// everyThird returns the first, the fourth and so on of places.
func everyThird(places []float64) (some []float64) {
	for i := 0; i < len(places); i += 3 {
		some = append(some, places[i])
	}
	return some
}
