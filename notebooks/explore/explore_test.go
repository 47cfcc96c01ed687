package explore_test

import (
	"math"
	"strings"
	"testing"

	"v1lab/notebooks/explore"
	"v1lab/v1model/insilico"
)

// Every value of tuning's default axes is one of a slider's, so that the rates there are those of v1lab tune.
func TestSlidersReachTheAxesOfTuning(t *testing.T) {
	axes, degrees := insilico.DefaultAxes(), func(radians []float64) (list []float64) {
		for _, v := range radians {
			list = append(list, 180*v/math.Pi)
		}
		return list
	}
	sliders := map[string]explore.Slider{}
	for _, s := range explore.Sliders(24, 32, 3, 31) {
		sliders[s.Name] = s
	}
	for name, values := range map[string][]float64{
		"orientation": degrees(axes.Orientations), "frequency": axes.Frequencies, "phase": degrees(axes.Phases), "size": axes.Sizes, "contrast": axes.Contrasts,
		"x": insilico.Range(0, 32), "y": insilico.Range(0, 24),
	} {
		for _, want := range values {
			found := false
			for i, v := range sliders[name].Values {
				found = found || math.Abs(v-want) <= 1e-12*math.Abs(want)
				if i > 0 && v <= sliders[name].Values[i-1] {
					t.Fatalf("%s: %g after %g", name, v, sliders[name].Values[i-1])
				}
			}
			if !found {
				t.Errorf("%s: no value %g", name, want)
			}
		}
	}
	if x, y := sliders["x"].Value(), sliders["y"].Value(); x != 31 || y != 3 {
		t.Errorf("the Gabor starts at (%g, %g), want (31, 3)", x, y)
	}
}

// Without its script the page is a picture and a sentence. It names no file, and its number of neurons is bounded.
func TestHTML(t *testing.T) {
	page := explore.Page{Ticket: "1-ab", Height: 8, Width: 8, Sliders: explore.Sliders(8, 8, 4, 4), Neurons: []explore.Neuron{{Number: 3, Grey: 1}}, Images: 2, Still: []byte{1, 2}, StillWidth: 300}
	html, err := page.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`width="300" style="max-width:100%;height:auto" src="data:image/png;base64,AQI="`, "The middle of all sliders", `class="live" hidden="hidden"`, `"neurons":[{"number":3,"grey":1}]`, `"images":2`} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
	if strings.Contains(html, "http") {
		t.Error("the page names another server")
	}
	page.Neurons = nil
	if _, err := page.HTML(); err == nil || !strings.Contains(err.Error(), "found 0 neurons; accepted: 1 to 24") {
		t.Error(err)
	}
	page.Neurons = make([]explore.Neuron, explore.MaxNeurons+1)
	if _, err := page.HTML(); err == nil {
		t.Error("too many neurons are no error")
	}
}
