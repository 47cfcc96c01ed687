package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"slices"

	"v1lab/notebooks/display"
	"v1lab/notebooks/explore"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/lab/questions"
)

// mostExplored is the number of neurons that Explore chooses.
const mostExplored = 8

// Explore shows a Gabor with sliders for orientation, spatial frequency, phase, size, contrast and position, and the rates of neurons, which follow. A click
// into the Gabor or into an image of the recording shows receptive fields at it. Rates and fields are those of v1lab tune and v1lab rf. In JupyterLab the
// sliders stay alive after the cell, until the kernel ends. Elsewhere, and where V1LAB_ENGINE is off, the middle of all sliders is drawn. Without arguments it
// shows the strongest neurons of Neurons, one of each of 8 groups. It has at most explore.MaxNeurons neurons, and says if others are left out.
func (r *Run) Explore(chosen ...int) {
	if len(chosen) == 0 {
		chosen = r.Neurons("", 1)
		chosen = chosen[:min(len(chosen), mostExplored)]
	}
	for i, n := range chosen {
		if of := r.Dataset.Shape.Neurons; n < 0 || n >= of || slices.Index(chosen, n) < i {
			display.Check(fmt.Errorf("sliders: found neuron %d as number %d; accepted: 0 to %d, each once", n, i, of-1))
		}
	}
	if many := len(chosen); many > explore.MaxNeurons {
		chosen = chosen[:explore.MaxNeurons]
		display.Text("The first %d of %d neurons.", explore.MaxNeurons, many)
	}
	l, shape := r.Layout(), r.Dataset.Shape
	row, column := 0.0, 0.0
	for _, n := range chosen {
		row += float64(l.Centres[n][0]) / float64(len(chosen))
		column += float64(l.Centres[n][1]) / float64(len(chosen))
	}
	page := explore.Page{Height: shape.Height, Width: shape.Width, Sliders: explore.Sliders(shape.Height, shape.Width, row, column)}
	if r.Data != nil {
		page.Images = r.Data.Val.Images.N
	}
	g := gaborAt(page.Sliders)
	shown := r.page(questions.PageAsks{Gabor: &questions.GaborAsked{Gabor: &g, Neurons: chosen, Numbers: true}}).Gabor
	grey := r.page(questions.PageAsks{Gabor: &questions.GaborAsked{Neurons: chosen}}).Gabor
	field := r.page(questions.PageAsks{Field: &questions.FieldAsked{Gabor: &g, Neuron: chosen[0], X: g.X, Y: g.Y, Numbers: true}}).Field[0]
	for i, n := range chosen {
		page.Neurons = append(page.Neurons, explore.Neuron{Number: n, Grey: float64(grey.Rates[i])})
	}
	still := Must(figures.ShowStimulus(stimulus(page, g, shown, field)))
	if page.Ticket = r.ticket(); page.Ticket == "" {
		display.Figure(still, nil)
		display.Text("The middle of all sliders. To move them, run this cell in JupyterLab (v1lab lab), with its engine.")
		return
	}
	var b bytes.Buffer
	display.Check(still.WritePNG(&b, display.Resolution))
	page.Still = b.Bytes()
	page.StillWidth = Must(png.DecodeConfig(bytes.NewReader(page.Still))).Width / 2 // sharp on high-resolution screens
	display.HTML(Must(page.HTML()), fmt.Sprintf("sliders for a Gabor that %d neurons of %s are shown, in JupyterLab", len(chosen), r.Path))
}

// page asks what a page asks.
func (r *Run) page(asks questions.PageAsks) (shows questions.PageShows) {
	text := asked(r, questions.Page, string(Must(json.Marshal(asks))))
	display.Check(json.Unmarshal([]byte(text), &shows))
	return shows
}

// gaborAt is the Gabor of sliders as they start.
func gaborAt(sliders []explore.Slider) (g questions.Gabor) {
	at := map[string]*float64{"orientation": &g.Orientation, "frequency": &g.Frequency, "phase": &g.Phase, "size": &g.Size, "contrast": &g.Contrast, "x": &g.X, "y": &g.Y}
	for _, s := range sliders {
		*at[s.Name] = s.Value()
	}
	return g
}

// stimulus is what a page shows first.
func stimulus(p explore.Page, g questions.Gabor, shown *questions.GaborShown, field questions.FieldShown) figures.Stimulus {
	s := figures.Stimulus{
		Picture: shown.Values, Height: p.Height, Width: p.Width, Limit: shown.Limit, Caption: fmt.Sprintf("black \u2212%g, white %[1]g SD of images", shown.Limit),
		Foot: fmt.Sprintf("Gabor: wave at %g\u00b0, %.3g cycles/px, phase %g\u00b0, size %.3g px, contrast %.3g, %g px from the left, %g px from the top", g.Orientation, g.Frequency, g.Phase, g.Size, g.Contrast, g.X, g.Y),
	}
	if !field.Dead {
		s.Field, s.FieldCaption = field.Values, fmt.Sprintf("field of neuron %d, to %.2g", field.Neuron, field.Limit)
	}
	for i, n := range p.Neurons {
		rate := math.NaN()
		if i < len(shown.Rates) {
			rate = float64(shown.Rates[i])
		}
		s.Answers = append(s.Answers, figures.Answer{Name: fmt.Sprint("neuron ", n.Number), Rate: rate, Grey: n.Grey})
	}
	return s
}
