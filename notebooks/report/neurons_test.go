package report_test

import (
	"bytes"
	"context"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/insilico"
	"v1lab/v1model/jsonfloat"
)

// portrait is two neurons of three, with a dead one.
func portrait() report.Portrait {
	nan := float32(math.NaN())
	field := []float32{0, 1, 0, 0, 0, 0, -1, 0, 0}
	dead := slices.Repeat([]float32{nan}, 9)
	r := celltypes.Readout{Masks: array.New(make([]float32, 3*4), 3, 2, 2)}
	r.Weights.Neurons, r.Weights.Rotations, r.Weights.Features = 3, 2, 2
	r.Weights.Values = []float32{1, 0, 0.5, -0.2, 0, 0, 0, 0, 0, 1, 0, 1}
	return report.Portrait{
		Readout: r, Layout: report.Layout{Power: r.Weights.Power(), Centres: [][2]int{{1, 1}, {1, 1}, {0, 2}}, Height: 3, Width: 3, Size: 3},
		Fields:   &insilico.Fields{Neurons: []int{2, 1}, Raw: array.New(append(slices.Clone(field), dead...), 2, 3, 3), Dead: []bool{false, true}},
		Clusters: []int{0, -1, 1}, IDs: []string{"a", "b", "<c>"},
		Truth:  &datasets.Truth{Type: []int{0, 1, 1}, TypeNames: []string{"simple", "complex"}},
		Scores: &evaluate.Report{Neurons: []evaluate.Neuron{{}, {TestCorr: jsonfloat.Float(math.NaN()), ValCorr: -0.01, Ceiling: jsonfloat.Float(math.NaN())}, {TestCorr: 0.6, ValCorr: 0.5, Ceiling: 0.8}}},
	}
}

// A browser shows each neuron's pictures and numbers; what a dead neuron does not have is a gap that says why, and nowhere is NaN.
func TestBrowser(t *testing.T) {
	p := portrait()
	p.MEIs = []*insilico.MEIs{{Neurons: []int{2, 1}, Images: array.New(make([]float32, 2*2*9), 2, 2, 3, 3), Rates: array.New([]float32{1, 3, 0, 0}, 2, 2), Dead: []bool{false, true}}}
	p.Tuning = []*insilico.Tuning{{
		Optimal: &insilico.Optimal{Neurons: []int{2}, Dead: []bool{false}}, Grey: []float32{0.5},
		Axes:        insilico.Axes{Orientations: []float64{0, math.Pi / 2}, Frequencies: []float64{0.1, 0.2}},
		Orientation: array.New([]float32{1, 2}, 1, 2), Frequency: array.New([]float32{4, 2}, 1, 2),
	}}
	b, err := report.Browser(p)
	if err != nil {
		t.Fatal(err)
	}
	m := p.MEIs[0] // as archives of earlier versions have it; now with recorded units
	recorded := make([]float32, 2*2*9)
	recorded[9], recorded[10], recorded[0] = -12, 261, 999 // the second image is the best
	m.Recorded, m.Units = array.New(recorded, 2, 2, 3, 3), &insilico.Units{Mean: 100, SD: 40, Training: []float64{0.001, 255}}
	in, err := report.Browser(p)
	if err != nil {
		t.Fatal(err)
	}
	if text, want := in.Neurons[0].Pictures[2].Text, "rate 3, pixels -12 to 261 (training images: 0 to 255)"; text != want {
		t.Errorf("%q, want %q", text, want)
	}
	living, dead := b.Neurons[0], b.Neurons[1]
	if living.Name != "neuron 2 \u00b7 <c>" {
		t.Errorf("name %q", living.Name)
	}
	for i, kind := range b.Kinds {
		if _, err := png.Decode(bytes.NewReader(living.Pictures[i].PNG)); err != nil {
			t.Errorf("%s: %v", kind.Name, err)
		}
		gap := map[string]string{"receptive field": "nothing excites the neuron", "most exciting image": "nothing excites the neuron", "orientation": "none in the run folder", "spatial frequency": "none in the run folder"}[kind.Name]
		if (gap != "") != (dead.Pictures[i].PNG == nil) || gap != "" && dead.Pictures[i].Text != gap {
			t.Errorf("%s of the dead neuron: %d bytes, %q", kind.Name, len(dead.Pictures[i].PNG), dead.Pictures[i].Text)
		}
	}
	var texts []string
	for _, picture := range living.Pictures {
		texts = append(texts, picture.Text)
	}
	if want := []string{"", "", "rate 3", "strongest: feature 1, 100 % of the power", "best 90° of 0 to 180°", "best 0.1 of 0.1 to 0.2 cycles/px"}; !slices.Equal(texts, want) {
		t.Errorf("texts %q, want %q", texts, want)
	}
	if want := []string{"0.600", "0.800", "75 %", "0.500", "0.00", "1", "1", "complex"}; !slices.Equal(living.Facts, want) {
		t.Errorf("facts %q, want %q", living.Facts, want)
	}
	if want := []string{"", "", "", "\u22120.010", "0.00", "", "", "complex"}; !slices.Equal(dead.Facts, want) {
		t.Errorf("facts of the dead neuron %q, want %q", dead.Facts, want)
	}
	page, err := b.HTML()
	if err != nil || strings.Contains(string(page), "NaN") || strings.Contains(string(page), "<c>") {
		t.Errorf("%v: NaN or markup of a name in the page", err)
	}
}

// What is not known is left out; a neuron that does not exist is an error.
func TestBrowserOfLittle(t *testing.T) {
	p := portrait()
	p.Scores, p.Clusters, p.Truth, p.IDs = nil, nil, nil, nil
	b, err := report.Browser(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Kinds) != 3 || len(b.Facts) != 1 || b.Neurons[0].Name != "neuron 2" {
		t.Errorf("kinds %v, facts %v, name %q", b.Kinds, b.Facts, b.Neurons[0].Name)
	}
	p.Fields.Neurons[0] = 3
	if _, err := report.Browser(p); err == nil || err.Error() != "neuron browser: found neuron 3; accepted: 0 to 2" {
		t.Errorf("neuron 3: %v", err)
	}
}

// Of a real run, for all neurons.
func TestBrowserOfARun(t *testing.T) {
	run := small(t)
	s, err := run.Subject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := run.Readout()
	if err != nil {
		t.Fatal(err)
	}
	layout, err := report.LayoutOf(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := s.Fields(context.Background(), []int{0, 1, 2, 3, 4, 5, 6, 7}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := run.Scores(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := report.Browser(report.Portrait{Readout: r, Layout: layout, Fields: fields, Scores: scores, Truth: run.Truth()})
	if err != nil {
		t.Fatal(err)
	}
	page, err := b.HTML()
	if err != nil || len(b.Neurons) != 8 || len(page) > 8*3000+12000 {
		t.Errorf("%v, %d neurons, %d bytes", err, len(b.Neurons), len(page))
	}
}
