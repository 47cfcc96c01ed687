package insilico_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/v1model/insilico"
)

// grey is how images of 20 to 180 are normalised.
var grey = &datasets.Normalisation{Method: datasets.Reference, ImageMean: 100, ImageSD: 40, ImageRange: []float64{20, 180}}

// Images of a range stay in it, and have the contrast that was asked for; they still excite.
func TestImagesCanBeShown(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	s.Normalisation = grey
	base := insilico.MEIOptions{Images: 3, MaxSteps: 60, Batch: 8}
	free := meis(t, s, []int{0, 1, 2}, base)
	if e, ok := free.Extent(); !ok || e.Outside == 0 || !strings.Contains(e.String(), fmt.Sprintf("%d of 9 images leave the training images' 20 to 180, by up to ", e.Outside)) {
		t.Fatalf("without a range: %v", e)
	}
	pixels := *grey
	pixels.Method, pixels.PixelMean, pixels.PixelSD = datasets.Pixel, make([]float64, 400), make([]float64, 400)
	for i := range pixels.PixelMean {
		pixels.PixelMean[i], pixels.PixelSD[i] = 60+float64(i%7)*10, 20+float64(i%5)
	}
	for name, c := range map[string]struct {
		n    *datasets.Normalisation
		o    insilico.MEIOptions
		mean float64 // of each image, NaN if it is free
		sd   float64 // about the training mean
	}{
		"range":          {grey, insilico.MEIOptions{Range: []float64{20, 180}}, math.NaN(), 12 * 40 / 20.},
		"narrow":         {grey, insilico.MEIOptions{Range: []float64{60, 160}, Norm: 14}, math.NaN(), 14 * 40 / 20.},
		"std":            {grey, insilico.MEIOptions{Std: 30}, 100, 30},
		"range and std":  {grey, insilico.MEIOptions{Range: []float64{50, 180}, Std: 30}, 100, 30},
		"pixel by pixel": {&pixels, insilico.MEIOptions{Range: []float64{20, 180}}, math.NaN(), math.NaN()},
	} {
		if testing.Short() && name != "range and std" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s.Normalisation = c.n
			o := base
			o.Range, o.Std, o.Norm = c.o.Range, c.o.Std, c.o.Norm
			m := meis(t, s, []int{0, 1, 2}, o)
			for i, one := range slices.Collect(slices.Chunk(floats(m.Recorded), 400)) {
				if o.Range != nil && (float64(slices.Min(one)) < o.Range[0] || float64(slices.Max(one)) > o.Range[1]) {
					t.Errorf("image %d has pixels from %g to %g", i, slices.Min(one), slices.Max(one))
				}
				for p, v := range floats(m.Images)[i*400 : (i+1)*400] { // users turn the units back in float32
					mean, sd := c.n.OfPixel(p)
					if back := v*float32(sd) + float32(mean); o.Range != nil && (back < float32(o.Range[0]) || back > float32(o.Range[1])) {
						t.Errorf("image %d has the pixel %v", i, back)
					}
				}
				mean, square := 0.0, 0.0
				for _, v := range one {
					mean += float64(v) / 400
					square += (float64(v) - 100) * (float64(v) - 100) / 400
				}
				if c.mean == c.mean && math.Abs(mean-c.mean) > 1e-3 {
					t.Errorf("image %d has mean %g, want %g", i, mean, c.mean)
				}
				if c.sd == c.sd && math.Abs(math.Sqrt(square)-c.sd) > 1e-3*c.sd {
					t.Errorf("image %d has SD %g, want %g", i, math.Sqrt(square), c.sd)
				}
			}
			o.MaxSteps = 1
			for i, v := range floats(meis(t, s, []int{0, 1, 2}, o).Rates) {
				if after := floats(m.Rates)[i]; !(after > v) {
					t.Errorf("image %d excites %g in the end, %g in the beginning", i, after, v)
				}
			}
			if e, _ := m.Extent(); o.Range != nil && e.Outside != 0 {
				t.Errorf("extent %v", e)
			}
		})
	}
}

// Images in a box go on where they were, and those of another box are refused.
func TestImagesInARangeGoOn(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	s.Normalisation = grey
	o := insilico.MEIOptions{Images: 3, MaxSteps: 40, Batch: 8, Range: []float64{40, 200}, Std: 35}
	pace := func(int) int { return 9 }
	whole, err := s.MEIsPaced(t.Context(), []int{0, 2}, o, func(int) int { return 100 }, 0)
	if err != nil {
		t.Fatal(err)
	}
	o.Partial = filepath.Join(t.TempDir(), "partial")
	if _, err := s.MEIsPaced(t.Context(), []int{0, 2}, o, pace, 2); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	other := o
	other.Range = []float64{40, 201}
	if _, err := s.MEIs(t.Context(), []int{0, 2}, other); err == nil || !strings.Contains(err.Error(), "other settings") {
		t.Errorf("another range: %v", err)
	}
	again, err := s.MEIsPaced(t.Context(), []int{0, 2}, o, pace, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(floats(again.Recorded), floats(whole.Recorded)) {
		t.Error("images differ")
	}
}

func TestRangesThatCannotBe(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	pixels := *grey
	pixels.Method, pixels.PixelMean, pixels.PixelSD = datasets.Pixel, make([]float64, 400), make([]float64, 400)
	for want, c := range map[string]struct {
		n *datasets.Normalisation
		o insilico.MEIOptions
	}{
		"range 0 to 1 does not hold the training images' mean 100 (SD 40)":                              {grey, insilico.MEIOptions{Range: []float64{0, 1}}},
		"std: 120 is more than pixels from 0 to 255 allow; accepted: at most 112":                       {grey, insilico.MEIOptions{Range: []float64{0, 255}, Std: 120}},
		"norm: 12 is more than pixels from 90 to 110 allow; accepted: at most 4.5":                      {grey, insilico.MEIOptions{Range: []float64{90, 110}}},
		"range [5 1]; accepted: the lowest and the highest pixel":                                       {grey, insilico.MEIOptions{Range: []float64{5, 1}}},
		"norm: 3 and std: 4; accepted: one of them":                                                     {grey, insilico.MEIOptions{Norm: 3, Std: 4}},
		"std: -1, must be above 0":                                                                      {grey, insilico.MEIOptions{Std: -1}},
		"std: images of the run are normalised pixel by pixel":                                          {&pixels, insilico.MEIOptions{Std: 4}},
		"range and SD are in recorded units, and the run has none: it was imported without a recording": {nil, insilico.MEIOptions{Std: 4}},
	} {
		s.Normalisation = c.n
		if _, err := s.MEIs(t.Context(), []int{0}, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Stored results are found by this text: it does not change.
func TestOptionsHaveTheOldText(t *testing.T) {
	o := insilico.MEIOptions{Images: 4, Norm: 2.5, Seed: 7, MaxSteps: 300}
	if want := "{Images:4 Norm:2.5 Smoothness:0 LearningRate:0 MaxSteps:300 Patience:0 Decay:0 Seed:7 MaskFloor:0 Batch:0 Partial: Progress:<nil> Start:<nil>}"; o.Text() != want {
		t.Errorf("%s, want %s", o.Text(), want)
	}
	o.Range, o.Std = []float64{0, 255}, 30
	if !strings.HasSuffix(o.Text(), "} range [0 255] std 30") {
		t.Error(o.Text())
	}
}
