package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Stimulus is a picture [height, width] that a model is shown, and what its neurons answer.
type Stimulus struct {
	Picture       []float32
	Height, Width int
	Limit         float64   // white is this value, black its negative
	Caption       string    // of the picture
	Field         []float32 // receptive field of a neuron at the picture, [height, width]; nil: none
	FieldCaption  string
	Answers       []Answer
	Foot          string // a line below
}

// Answer is the rate of a neuron.
type Answer struct {
	Name string
	Rate float64
	Grey float64 // rate to the grey image
}

// MaxAnswers is the largest number of neurons in the figure of a stimulus.
const MaxAnswers = 24

// ShowStimulus draws a stimulus, a receptive field at it, and a bar for the rate of each neuron, with a line at its rate to the grey image.
func ShowStimulus(s Stimulus) (*Figure, error) {
	for _, values := range [][]float32{s.Picture, s.Field} {
		if s.Height < 1 || s.Width < 1 || len(values) != s.Height*s.Width && values != nil {
			return nil, fmt.Errorf("figures: stimulus: found %d values for a picture of %dx%d; as many are needed", len(values), s.Height, s.Width)
		}
	}
	if n := len(s.Answers); n < 1 || n > MaxAnswers || s.Picture == nil {
		return nil, fmt.Errorf("figures: stimulus: found %d pixels and %d neurons; accepted are a picture and 1 to %d neurons", len(s.Picture), n, MaxAnswers)
	}
	s.Picture, s.Field, s.Answers = slices.Clone(s.Picture), slices.Clone(s.Field), slices.Clone(s.Answers)
	const edge, gap, bars, label, left, step = 122, 14, 150, 62, 10, 13
	pictures := 1
	if s.Field != nil {
		pictures = 2
	}
	w, h := vg.Length(edge), vg.Length(edge)
	if s.Width > s.Height {
		h = max(w*vg.Length(s.Height)/vg.Length(s.Width), 6)
	} else {
		w = max(h*vg.Length(s.Width)/vg.Length(s.Height), 6)
	}
	body := max(h+16, vg.Length(len(s.Answers))*step+16)
	start := vg.Length(left) + vg.Length(pictures)*(w+gap)
	low, top := 0.0, 0.0
	for _, a := range s.Answers {
		for _, v := range []float64{a.Rate, a.Grey} {
			if drawable(v) {
				low, top = min(low, v), max(top, v)
			}
		}
	}
	if !(top > low) {
		top = low + 1
	}
	return &Figure{width: start + label + bars + 48, height: body + 36, draw: func(c draw.Canvas) {
		blank(c)
		up := c.Min.Y + body + 28
		say := func(x, y vg.Length, text string) {
			c.FillText(textStyle(tickSize, draw.XLeft, draw.YTop), vg.Point{X: x, Y: y}, text)
		}
		x := c.Min.X + left
		picture(c, rectangle(x, up-h, w, h), s.Picture, s.Height, s.Width, greys(-s.Limit, s.Limit))
		say(x, up-h-4, s.Caption)
		if s.Field != nil {
			x += w + gap
			picture(c, rectangle(x, up-h, w, h), s.Field, s.Height, s.Width, diverging(largest(s.Field)))
			say(x, up-h-4, s.FieldCaption)
		}
		zero := c.Min.X + start + label
		at := func(v float64) vg.Length { return zero + vg.Length((v-low)/(top-low))*bars }
		for i, a := range s.Answers {
			y := up - vg.Length(i)*step
			c.FillText(textStyle(tickSize, draw.XRight, draw.YCenter), vg.Point{X: zero - 5, Y: y - step/2}, a.Name)
			text := "unknown"
			if drawable(a.Rate) {
				text = short(a.Rate)
				from, to := at(min(a.Rate, 0)), at(max(a.Rate, 0))
				c.FillPolygon(blue, corners(rectangle(from, y-step+2, to-from, step-4)))
			}
			if drawable(a.Grey) {
				c.StrokeLines(draw.LineStyle{Color: ink, Width: vg.Points(1)}, []vg.Point{{X: at(a.Grey), Y: y - 1}, {X: at(a.Grey), Y: y - step + 1}})
			}
			c.FillText(textStyle(tickSize, draw.XLeft, draw.YCenter), vg.Point{X: at(math.Max(top, 0)) + 5, Y: y - step/2}, text)
		}
		under := up - vg.Length(len(s.Answers))*step
		c.StrokeLines(draw.LineStyle{Color: grey, Width: vg.Points(0.6)}, []vg.Point{{X: at(0), Y: up}, {X: at(0), Y: under}})
		say(zero, under-4, "Rate; line: at grey")
		say(c.Min.X+left, c.Min.Y+16, s.Foot)
	}}, nil
}
