package figures_test

import (
	"math"
	"strings"
	"testing"

	"v1lab/notebooks/figures"
)

// stimulus is a grating with the field of a neuron and the rates of some, one of them unknown.
func stimulus() figures.Stimulus {
	s := figures.Stimulus{Height: 24, Width: 32, Limit: 3, Caption: "Gabor: black -3, white 3", FieldCaption: "neuron 7, up to 0.31", Foot: "bars at 45°, 0.1 cycles/px, phase 90°, size 12 px, contrast 4, at (16, 12) px"}
	for i := range s.Height * s.Width {
		x, y := float64(i%s.Width-16), float64(i/s.Width-12)
		v := 2 * math.Exp(-(x*x+y*y)/30) * math.Cos(x-y)
		s.Picture, s.Field = append(s.Picture, float32(v)), append(s.Field, float32(0.31*math.Exp(-(x*x+y*y)/20)*math.Sin(x)))
	}
	for i, rate := range []float64{1.25, 0.02, 0.6, math.NaN(), 2.5} {
		s.Answers = append(s.Answers, figures.Answer{Name: "neuron " + strings.Repeat("1", i+1), Rate: rate, Grey: 0.3 + 0.1*float64(i)})
	}
	return s
}

func TestStimulus(t *testing.T) {
	compare(t, "stimulus", func() (*figures.Figure, error) { return figures.ShowStimulus(stimulus()) })
	for want, change := range map[string]func(s *figures.Stimulus){
		"found 5 values for a picture of 24x32": func(s *figures.Stimulus) { s.Field = s.Field[:5] },
		"0 neurons":                             func(s *figures.Stimulus) { s.Answers = nil },
		"found 0 pixels":                        func(s *figures.Stimulus) { s.Picture = nil },
	} {
		s := stimulus()
		change(&s)
		if _, err := figures.ShowStimulus(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	flat := stimulus() // no rates, no field: drawn all the same
	flat.Field = nil
	for i := range flat.Answers {
		flat.Answers[i].Rate, flat.Answers[i].Grey = math.NaN(), math.Inf(1)
	}
	if _, err := figures.ShowStimulus(flat); err != nil {
		t.Error(err)
	}
}

// A picture on a given scale has the colours of that scale's ends beyond it.
func TestThumbnailUpTo(t *testing.T) {
	same := func(limit float64, values ...float32) string {
		t.Helper()
		png, err := figures.ThumbnailUpTo(limit, figures.Grey, values, 1, len(values))
		if err != nil {
			t.Fatal(err)
		}
		return string(png)
	}
	if same(2, -5, 0, 9) != same(2, -2, 0, 2) || same(2, -1, 0, 1) == same(2, -2, 0, 2) {
		t.Error("values beyond the scale, or the scale itself, do not count")
	}
	if _, err := figures.ThumbnailUpTo(1, figures.Grey, []float32{1}, 1, 2); err == nil {
		t.Error("one value for two dots is no error")
	}
}
