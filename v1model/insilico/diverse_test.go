package insilico_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/golden"
	"v1lab/v1model/insilico"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

const (
	phases   = 12 // of each grating
	gratings = 2
	patch    = 19 // edge of images
)

// gratingAt is a Gabor at one of the phases.
func gratingAt(grating, phase int) insilico.Gabor {
	return insilico.Gabor{X: 9, Y: 9, Size: 9, Frequency: 1. / 7, Contrast: 1, Orientation: 0.4 + float64(grating), Phase: 2 * math.Pi * float64(phase) / phases}
}

// phaseNeurons are simple cells, each the half-rectified sum under one Gabor, followed by as many complex cells, each the sum of such at all phases.
func phaseNeurons(t *testing.T) (s *insilico.Subject, simple, complex []int) {
	t.Helper()
	const each = 4
	config, err := v1model.Load("quickstart", "core.kind=cnn", "core.rotations=1", "core.upsampling=0", fmt.Sprint("core.filter_sizes=", patch), fmt.Sprint("core.features=", gratings*phases), "core.strides=1",
		"core.padding=valid", "core.activations=relu", "core.smoothness_rel=1", "core.sparsity_rel=0")
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, v1model.Shape{Height: patch, Width: patch, Channels: 1, Neurons: 2 * each})
	if err != nil {
		t.Fatal(err)
	}
	w := weights.Init(m.Specs(), 1)
	clear(w.Float32("core/conv0/biases"))
	for f := range gratings * phases {
		filter, err := insilico.Draw(pjrttest.Backend(t), []insilico.Plaid{{gratingAt(f/phases, f%phases)}}, patch, patch)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range filter {
			w.Float32("core/conv0/weights")[i*gratings*phases+f] = v
		}
	}
	read := w.Float32(readout.Features)
	clear(read)
	for n := range 2 * each {
		w.Float32(readout.Masks)[n] = 1
		if grating := n % gratings; n < each {
			simple = append(simple, n)
			read[n*gratings*phases+grating*phases+n] = 1
		} else {
			complex = append(complex, n)
			for p := range phases {
				read[n*gratings*phases+grating*phases+p] = 0.3
			}
		}
	}
	return subject(t, m, w), simple, complex
}

// Simple and complex cells are told apart by the index of invariance; images of simple cells are no farther apart than the share allows, and those of complex
// cells have all phases.
func TestIndexTellsSimpleFromComplexCells(t *testing.T) {
	s, simple, complex := phaseNeurons(t)
	o := insilico.MEIOptions{Images: 6, MaxSteps: 150, Smoothness: -1, Diverse: true}
	m := meis(t, s, slices.Concat(simple, complex), o)
	index := m.Invariance()
	for _, n := range simple {
		if most := 1 - 0.85*0.85; index[n] > most+0.02 || index[n] < most-0.08 {
			t.Errorf("simple cell %d: index %.3f; a linear filter allows %.3f", n, index[n], most)
		}
	}
	for _, n := range complex {
		if index[n] < 0.9 || index[n] > 1 {
			t.Errorf("complex cell %d: index %.3f", n, index[n])
		}
		if gap := widestGap(t, m, n); gap > 2.3 {
			t.Errorf("complex cell %d: no image in %.2f of all phases, 2 pi", n, gap)
		}
	}
	for i, r := range floats(m.Rates) {
		if least := 0.85 * m.Most[i/o.Images]; r < least*(1-1e-5) {
			t.Errorf("neuron %d: rate %g, below %g", i/o.Images, r, least)
		}
	}
}

// widestGap is the largest difference of neighbouring phases of a neuron's images.
func widestGap(t *testing.T, m *insilico.MEIs, n int) float64 {
	t.Helper()
	pair, err := insilico.Draw(pjrttest.Backend(t), []insilico.Plaid{{gratingAt(n%gratings, 0)}, {gratingAt(n%gratings, phases/4)}}, patch, patch)
	if err != nil {
		t.Fatal(err)
	}
	k := m.Images.Shape[1]
	var found []float64
	for one := range slices.Chunk(floats(m.Images)[n*k*patch*patch:(n+1)*k*patch*patch], patch*patch) {
		var even, odd float64
		for p, v := range one {
			even, odd = even+float64(v*pair[p]), odd+float64(v*pair[patch*patch+p])
		}
		found = append(found, math.Atan2(odd, even))
	}
	slices.Sort(found)
	widest := found[0] + 2*math.Pi - found[len(found)-1]
	for i := 1; i < len(found); i++ {
		widest = max(widest, found[i]-found[i-1])
	}
	return widest
}

// The gradient of what diverse images maximise is its slope: above the share, below it, and with images close together.
func TestGradientOfDiverseImagesIsTheSlope(t *testing.T) {
	m, w := small(t, 18, 18, twoPlaces, "core.activations=softplus,softplus,softplus")
	s := subject(t, m, w)
	const k, pixels, step = 3, 18 * 18, 0.01
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func() []float32 {
		values, length := make([]float32, k*pixels), 0.0
		for i := range values {
			values[i] = float32(rng.NormFloat64())
			length += float64(values[i]*values[i]) / k
		}
		for i := range values { // about the norm of the options
			values[i] *= float32(12 / math.Sqrt(length))
		}
		return values
	}
	for name, c := range map[string]struct {
		most float32
		near float32 // share of the first image in the others
	}{"above": {0.01, 0}, "below": {100, 0}, "close": {0.01, 0.97}} {
		images, direction := draw(), draw()
		for i := range images[pixels:] {
			images[pixels+i] = c.near*images[i%pixels] + (1-c.near)*images[pixels+i]
		}
		value := func(step float32) (values, gradient []float32) {
			moved := slices.Clone(images)
			for i := range moved {
				moved[i] += step * direction[i]
			}
			values, gradient, err := s.Apart(insilico.MEIOptions{Images: k, Diverse: true}, 1, c.most, moved)
			if err != nil {
				t.Fatal(err)
			}
			return values, gradient
		}
		above, _ := value(step)
		below, _ := value(-step)
		_, gradient := value(0)
		slope, want, size := 0.0, 0.0, 0.0
		for i := range above {
			slope += float64(above[i]-below[i]) / (2 * step)
			size += math.Abs(float64(above[i]))
		}
		for i, v := range direction {
			want += float64(v) * float64(gradient[i])
		}
		if math.Abs(slope-want) > 0.01*math.Abs(want)+1e-6*size/step {
			t.Errorf("%s the share: slope %.6g, gradient %.6g", name, slope, want)
		}
	}
}

// Stopped at any time, before and after the most exciting images are found, the work ends with the same images to the bit.
func TestDiverseImagesGoOn(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	o := insilico.MEIOptions{Images: 3, MaxSteps: 40, Patience: 8, Batch: 7, Diverse: true}
	find := func(s *insilico.Subject, steps func(call int) int, stopAfter int, partial string) (*insilico.MEIs, error) {
		o := o
		o.Partial = partial
		return s.MEIsPaced(t.Context(), []int{2, 0, 1}, o, steps, stopAfter)
	}
	s := subject(t, m, w)
	whole, err := find(s, func(int) int { return 1000 }, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	partial, stops := filepath.Join(t.TempDir(), "partial"), 0
	for got := (*insilico.MEIs)(nil); got == nil; stops++ {
		if got, err = find(s, func(call int) int { return 7 + 3*(call+stops)%5 }, 2, partial); errors.Is(err, context.Canceled) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(floats(got.Images), floats(whole.Images)) || !slices.Equal(floats(got.Rates), floats(whole.Rates)) || !slices.Equal(got.Most, whole.Most) || !slices.Equal(got.Steps.Data.([]int64), whole.Steps.Data.([]int64)) {
			t.Errorf("stopped %d times: images differ; steps %v, want %v", stops, got.Steps.Data, whole.Steps.Data)
		}
	}
	if stops < 5 {
		t.Errorf("stopped %d times only", stops)
	}
	o.Share = 0.7
	ctx, cancel := context.WithCancel(t.Context())
	stopped := insilico.MEIOptions{Images: 3, MaxSteps: 400, Diverse: true, Partial: partial, Progress: func(insilico.Progress) { cancel() }}
	if _, err := s.MEIs(ctx, []int{2}, stopped); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped: %v", err)
	}
	stopped.Share = 0.7
	if _, err := s.MEIs(t.Context(), []int{2}, stopped); err == nil || !strings.Contains(err.Error(), "other settings") {
		t.Errorf("another share: %v", err)
	}
}

// Sets do not depend on those beside them.
func TestSetsAreIndependent(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	o := insilico.MEIOptions{Images: 3, MaxSteps: 12, LearningRate: 0.3, Batch: 9, Diverse: true}
	all := meis(t, s, []int{0, 1, 2}, o)
	one := meis(t, s, []int{1}, o)
	golden.Compare(t, "images", floats(one.Images), floats(all.Images)[3*400:6*400], 1e-3)
	golden.Compare(t, "rates", floats(one.Rates), floats(all.Rates)[3:6], 1e-3)
}

// Diverse images of a range and an SD keep both, and the share.
func TestDiverseImagesCanBeShown(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	s.Normalisation = grey
	found := meis(t, s, []int{0, 1}, insilico.MEIOptions{Images: 3, MaxSteps: 40, Batch: 8, Range: []float64{50, 180}, Std: 30, Diverse: true, Share: 0.9})
	for i, one := range slices.Collect(slices.Chunk(floats(found.Recorded), 400)) {
		square := 0.0
		for _, v := range one {
			square += (float64(v) - 100) * (float64(v) - 100) / 400
		}
		if slices.Min(one) < 50 || slices.Max(one) > 180 || math.Abs(math.Sqrt(square)-30) > 0.03 {
			t.Errorf("image %d: pixels %g to %g, SD %g", i, slices.Min(one), slices.Max(one), math.Sqrt(square))
		}
		if r := floats(found.Rates)[i]; r < 0.9*found.Most[i/3]*(1-1e-5) {
			t.Errorf("image %d: rate %g of %g", i, r, found.Most[i/3])
		}
	}
	back, err := insilico.MEIsFromArrays(found.Arrays())
	if err != nil || !back.Diverse || back.Share != 0.9 || !slices.Equal(back.Most, found.Most) || !slices.Equal(back.Invariance(), found.Invariance()) {
		t.Errorf("from its archive: %v, %v", back, err)
	}
}

// An ensemble's images keep the share of the mean rate. A neuron whose highest rate is below 0, as the Gaussian loss allows, has none, also when the work goes on.
func TestDiverseImagesOfEnsembles(t *testing.T) {
	models, _ := unlike(t)
	o := insilico.MEIOptions{Images: 2, MaxSteps: 8, LearningRate: 0.3, Batch: 8, Diverse: true}
	found := meis(t, ensemble(t, models...), []int{0, 2}, o)
	for i, r := range floats(found.Rates) {
		if r < 0.85*found.Most[i/2]*(1-1e-5) || found.Spread.Len() != 4 {
			t.Errorf("image %d: rate %g of %g, spread %v", i, r, found.Most[i/2], found.Spread.Shape)
		}
	}
	m, w := small(t, 20, 20, twoPlaces, "fit.loss=gaussian")
	w.Float32(readout.Biases)[1] = -1e4
	s := subject(t, m, w)
	whole := meis(t, s, []int{0, 1}, o)
	if whole.Dead[0] || !whole.Dead[1] || !math.IsNaN(whole.Invariance()[1]) || !math.IsNaN(float64(floats(whole.Rates)[2])) {
		t.Errorf("dead %v, index %v", whole.Dead, whole.Invariance())
	}
	partial := filepath.Join(t.TempDir(), "partial")
	o.Partial = partial
	if _, err := s.MEIsPaced(t.Context(), []int{0, 1}, o, func(int) int { return 4 }, 3); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped: %v", err)
	}
	again := meis(t, s, []int{0, 1}, o)
	if !slices.Equal(again.Dead, whole.Dead) || !slices.Equal(floats(again.Images)[:800], floats(whole.Images)[:800]) {
		t.Errorf("after it went on: dead %v, or other images", again.Dead)
	}
}

// The index is from 0, one image, to 1, images that cancel, and does not depend on their order; a chain has each image once.
func TestIndexOfInvariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, pixels := rapid.IntRange(2, 5).Draw(t, "k"), rapid.IntRange(2, 6).Draw(t, "pixels")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		images := make([]float32, k*pixels)
		for i := range images {
			images[i] = float32(rng.NormFloat64())
		}
		of := func(images []float32) *insilico.MEIs {
			k := len(images) / pixels
			return &insilico.MEIs{Diverse: true, Neurons: []int{0}, Images: array.New(images, 1, k, pixels, 1), Rates: array.New(make([]float32, k), 1, k)}
		}
		index := of(images).Invariance()[0]
		if index < 0 || index > 1+1e-12 {
			t.Fatalf("index %g", index)
		}
		turned := slices.Concat(images[pixels:], images[:pixels])
		if other := of(turned).Invariance()[0]; math.Abs(other-index) > 1e-6 {
			t.Fatalf("index %g in another order, %g before", other, index)
		}
		negative := slices.Clone(images)
		for i := range negative {
			negative[i] = -negative[i]
		}
		if one, none := of(slices.Repeat(images[:pixels], k)).Invariance()[0], of(slices.Concat(images, negative)).Invariance()[0]; math.Abs(one) > 1e-6 || math.Abs(none-1) > 1e-6 {
			t.Fatalf("of one image %g, of images that cancel %g", one, none)
		}
		if order := slices.Sorted(slices.Values(of(images).Order(0))); order[0] != 0 || order[k-1] != k-1 || len(slices.Compact(order)) != k {
			t.Fatalf("order %v", order)
		}
	})
}

// What cannot be done is said before anything is computed.
func TestBadDiverse(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	for want, o := range map[string]insilico.MEIOptions{
		"share: 0.5; accepted: with diverse images":        {Share: 0.5},
		"diverse and inhibiting images":                    {Diverse: true, Inhibiting: true},
		"images per neuron: 1, must be at least 2":         {Diverse: true, Images: 1},
		"share: 1, must be between 0 and 1":                {Diverse: true, Share: 1},
		"share: -0.5, must be between 0 and 1":             {Diverse: true, Share: -0.5},
		"norm: 9 and std: 20; accepted: one of them":       {Diverse: true, Norm: 9, Std: 20},
		"SD are in recorded units, and the run has none: ": {Diverse: true, Std: 20},
	} {
		if err := s.CheckOptions(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
}
