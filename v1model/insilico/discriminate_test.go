package insilico_test

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"v1lab/datasets/array"
	"v1lab/v1model/features"
	"v1lab/v1model/golden"
	"v1lab/v1model/insilico"
	"v1lab/v1model/readout"
)

// alignedOf are weights of unit length that count as aligned.
func alignedOf(rotations, channels int, values []float32) features.Weights {
	w := features.Weights{Neurons: len(values) / channels, Rotations: rotations, Features: channels / rotations, Values: slices.Clone(values)}
	return w.Normalised()
}

// Of neurons that sum the image under a filter, a discriminative image shows the filter of its cluster and the negative of the other's; all prefer their own.
func TestDiscriminativeImagesOfLinearNeurons(t *testing.T) {
	gabors := []insilico.Gabor{{X: 12, Y: 12, Size: 9, Frequency: 1. / 8, Contrast: 1}, {X: 12, Y: 12, Size: 9, Frequency: 1. / 8, Contrast: 1, Orientation: math.Pi / 2},
		{X: 12, Y: 12, Size: 9, Frequency: 1. / 5, Contrast: 1, Phase: math.Pi / 2}}
	s := gaborNeurons(t, gabors)
	own := make([]float32, 12) // a feature each, of four
	for n := range gabors {
		own[n*4+n] = 1
	}
	o := insilico.DiscriminateOptions{MEIOptions: insilico.MEIOptions{Images: 2, Norm: 5, Smoothness: -1, LearningRate: 0.1, MaxSteps: 60}}
	d, err := s.Discriminate(t.Context(), alignedOf(1, 4, own), []int{1, 0, -1}, o)
	if err != nil {
		t.Fatal(err)
	}
	exciting := meis(t, s, []int{0, 1}, insilico.MEIOptions{Images: 1, Norm: 5, Smoothness: -1, LearningRate: 0.1, MaxSteps: 60})
	pixels := d.Images.Len() / 2
	for l, neuron := range []int{1, 0} {
		var shown []float64
		for _, v := range floats(d.Images)[l*pixels : (l+1)*pixels] {
			shown = append(shown, float64(v))
		}
		own, other := stat.Correlation(shown, image(exciting, neuron), nil), stat.Correlation(shown, image(exciting, 1-neuron), nil)
		if own < 0.5 || other > 0 {
			t.Errorf("cluster %d: correlation with the image that excites its neuron %.3f, with the other neuron's %.3f", l, own, other)
		}
	}
	if !slices.Equal(d.Assigned, []int{1, 0, -1}) || d.Correct() != 1 || !slices.Equal(d.Confusion()[0], []int{1, 0}) {
		t.Errorf("assigned %v, confusion %v", d.Assigned, d.Confusion())
	}
	for l, share := range d.Shares.Data.([]float64) {
		if share < 0.6 || share > 1 {
			t.Errorf("cluster %d: share %g", l, share)
		}
	}
	back, err := insilico.DiscriminativeFromArrays(d.Arrays())
	if err != nil || !slices.Equal(floats(back.Images), floats(d.Images)) || !slices.Equal(back.Assigned, d.Assigned) || !slices.Equal(back.Labels, d.Labels) || back.Correct() != 1 ||
		!slices.Equal(back.Responses.Data.([]float64), d.Responses.Data.([]float64)) || !slices.Equal(back.Shares.Data.([]float64), d.Shares.Data.([]float64)) {
		t.Errorf("from its archive: %+v, %v", back, err)
	}
	damaged := d.Arrays()
	damaged["assigned"] = array.New([]int{2, 0, -1})
	if _, err := insilico.DiscriminativeFromArrays(damaged); err == nil || !strings.Contains(err.Error(), "neuron 0: cluster 1, image 2 of 2") {
		t.Errorf("of an image that is not there: %v", err)
	}
	if rates := floats(d.Rates); rates[4] == rates[4] || rates[0] >= rates[1] {
		t.Errorf("rates %v", rates)
	}
}

// The gradient of the contrast is its slope.
func TestGradientOfTheContrastIsItsSlope(t *testing.T) {
	m, w := small(t, 18, 18, twoPlaces, "core.activations=softplus,softplus,softplus")
	s := subject(t, m, w)
	aligned := alignedOf(4, 12, w.Float32(readout.Features))
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func() (values []float32) {
		for range 18 * 18 {
			values = append(values, float32(rng.NormFloat64()))
		}
		return values
	}
	images, direction := [][]float32{draw(), draw()}, [][]float32{draw(), draw()}
	at := func(step float32) []float32 {
		moved := [][]float32{slices.Clone(images[0]), slices.Clone(images[1])}
		for i := range moved {
			for p := range moved[i] {
				moved[i][p] += step * direction[i][p]
			}
		}
		values, _, err := s.Contrast(moved, aligned, []int{0, 1, 1}, []int{1, 0}, 0.3, 1)
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	_, gradient, err := s.Contrast(images, aligned, []int{0, 1, 1}, []int{1, 0}, 0.3, 1)
	if err != nil {
		t.Fatal(err)
	}
	const step = 0.02
	above, below := at(step), at(-step)
	for i := range images {
		slope, want := float64(above[i]-below[i])/(2*step), 0.0
		for p, v := range direction[i] {
			want += float64(v) * float64(gradient[i*18*18+p])
		}
		if math.Abs(slope-want) > 0.01*math.Max(math.Abs(want), 0.1) {
			t.Errorf("image %d: slope %.5f, gradient %.5f", i, slope, want)
		}
	}
}

// Neurons that do the same at another place and orientation answer alike.
func TestDiscriminateKnowsNeitherPlaceNorOrientation(t *testing.T) {
	places := [][2]int{{2, 2}, {9, 7}, {5, 4}, {7, 9}}
	m, w := small(t, 20, 20, places)
	h, wide, channels := m.Core.OutputShape()
	masks, weights := w.Float32(readout.Masks), w.Float32(readout.Features)
	for n, p := range places { // spots of one form
		for i := range h * wide {
			dy, dx := i/wide-p[0], i%wide-p[1]
			masks[n*h*wide+i] = float32(math.Exp(-float64(dy*dy + dx*dx)))
		}
	}
	perTurn := channels / 4
	for turned, from := range map[int]int{1: 0, 3: 2} {
		for c := range channels {
			weights[turned*channels+(c+perTurn)%channels] = weights[from*channels+c]
		}
	}
	s := subject(t, m, w)
	alignment, err := features.Align(features.Weights{Neurons: 4, Rotations: 4, Features: perTurn, Values: weights}, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := insilico.DiscriminateOptions{MEIOptions: insilico.MEIOptions{Images: 1, MaxSteps: 20, LearningRate: 0.3}}
	d, err := s.Discriminate(t.Context(), alignment.Weights(), []int{0, 0, 1, 1}, o)
	if err != nil {
		t.Fatal(err)
	}
	rates := floats(d.Rates)
	golden.Compare(t, "rates of turned neurons", slices.Concat(rates[2:4], rates[6:8]), slices.Concat(rates[:2], rates[4:6]), golden.Gradient)
}

// Stopped after any call of the device, the search goes on to the same images to the bit; other clusters are refused.
func TestDiscriminateGoesOn(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	aligned := alignedOf(4, 12, w.Float32(readout.Features))
	o := insilico.DiscriminateOptions{MEIOptions: insilico.MEIOptions{Images: 2, MaxSteps: 50, LearningRate: 0.3, Batch: 3}}
	whole, err := s.Discriminate(t.Context(), aligned, []int{0, 1, 1}, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Partial = filepath.Join(t.TempDir(), "partial")
	stops := 0
	for got := (*insilico.Discriminative)(nil); got == nil; stops++ {
		ctx, cancel := context.WithCancel(t.Context())
		o.Progress = func(insilico.Progress) { cancel() }
		if stops == 3 { // the file is of other clusters
			if _, err := s.Discriminate(t.Context(), aligned, []int{1, 0, 0}, o); err == nil || !strings.Contains(err.Error(), "other clusters or other settings") {
				t.Errorf("other clusters: %v", err)
			}
		}
		if got, err = s.Discriminate(ctx, aligned, []int{0, 1, 1}, o); errors.Is(err, context.Canceled) && strings.Contains(err.Error(), "kept in "+o.Partial) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(floats(got.Images), floats(whole.Images)) || !slices.Equal(floats(got.Rates)[:4], floats(whole.Rates)[:4]) || !slices.Equal(got.Shares.Data.([]float64), whole.Shares.Data.([]float64)) {
			t.Errorf("stopped %d times: other images", stops)
		}
	}
	if stops < 6 {
		t.Errorf("stopped %d times only", stops)
	}
	if _, err := os.Stat(o.Partial); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unfinished work is still there: %v", err)
	}
}

// What cannot be done is said before anything is computed.
func TestBadDiscriminate(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	aligned := alignedOf(4, 12, w.Float32(readout.Features))
	for want, run := range map[string]func() error{
		"1 clusters; accepted: at least 2": func() error {
			_, err := s.Discriminate(t.Context(), aligned, []int{0, 0, -1}, insilico.DiscriminateOptions{})
			return err
		},
		"cluster 1 has no neurons": func() error {
			_, err := s.Discriminate(t.Context(), aligned, []int{0, 2, 2}, insilico.DiscriminateOptions{})
			return err
		},
		"2 labels": func() error {
			_, err := s.Discriminate(t.Context(), aligned, []int{0, 1}, insilico.DiscriminateOptions{})
			return err
		},
		"temperature: -1": func() error {
			_, err := s.Discriminate(t.Context(), aligned, []int{0, 1, 1}, insilico.DiscriminateOptions{Temperature: -1})
			return err
		},
		"members: -1": func() error {
			_, err := s.Discriminate(t.Context(), aligned, []int{0, 1, 1}, insilico.DiscriminateOptions{Members: -1})
			return err
		},
		"inhibiting; accepted: the other options": func() error {
			_, err := s.Discriminate(t.Context(), aligned, []int{0, 1, 1}, insilico.DiscriminateOptions{MEIOptions: insilico.MEIOptions{Inhibiting: true}})
			return err
		},
	} {
		if err := run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Discriminate(ctx, aligned, []int{0, 1, 1}, insilico.DiscriminateOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}
