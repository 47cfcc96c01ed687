package explore

import (
	"math"
)

// Slider is one property of the Gabor.
type Slider struct {
	Name   string    `json:"name"` // that of the engine's question
	Label  string    `json:"label"`
	Unit   string    `json:"unit"`
	Values []float64 `json:"values"` // increasing
	At     int       `json:"at"`     // the place among the values at which it starts
}

// Value is the value at which the slider starts.
func (s Slider) Value() float64 { return s.Values[s.At] }

// Sliders returns the sliders of a Gabor in images of height x width pixels. They start in their middles, those of the position at the place nearest to row
// and column. Each value on the default axes of tuning (insilico.DefaultAxes) is one of a slider's.
func Sliders(height, width int, row, column float64) []Slider {
	const fine = 3 // steps of angles for one of tuning's
	return []Slider{
		middle("orientation", "Orientation of the wave", "\u00b0", even(0, 7.5/fine, 24*fine)),
		middle("frequency", "Spatial frequency", "cycles/px", growing(0.02, math.Pow(2, 1./8), 37)),
		middle("phase", "Phase", "\u00b0", even(0, 22.5/fine, 16*fine)),
		middle("size", "Size", "px", growing(4, math.Sqrt(1.25), 23)),
		middle("contrast", "Contrast", "", growing(0.125, math.Pow(2, 1./4), 23)),
		nearest("x", "Centre from the left", "px", even(0, 0.5, 2*width-1), column),
		nearest("y", "Centre from the top", "px", even(0, 0.5, 2*height-1), row),
	}
}

func middle(name, label, unit string, values []float64) Slider {
	return Slider{name, label, unit, values, len(values) / 2}
}

func nearest(name, label, unit string, values []float64, to float64) Slider {
	s := Slider{name, label, unit, values, 0}
	for i, v := range values {
		if math.Abs(v-to) < math.Abs(s.Value()-to) {
			s.At = i
		}
	}
	return s
}

func even(first, step float64, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = first + step*float64(i)
	}
	return values
}

func growing(first, by float64, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = first * math.Pow(by, float64(i))
	}
	return values
}
