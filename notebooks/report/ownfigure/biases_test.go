package ownfigure_test

import (
	"context"

	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
)

func init() {
	report.Register(report.Entry{
		Name: "biases", Section: report.SectionFeatures, Verbs: []string{report.VerbFigures},
		Caption: "Biases of the neurons: the drive that each has without an image.",
		Draw:    drawBiases,
	})
}

func drawBiases(_ context.Context, m *report.Material) (*figures.Figure, error) {
	r, err := m.Run.Readout()
	if err != nil {
		return nil, err
	}
	biases, err := r.Biases.Float64s()
	if err != nil {
		return nil, err
	}
	return figures.Histogram(figures.Distribution{Label: "Bias", Parts: []figures.Sample{{Name: "neurons", Values: biases}}})
}
