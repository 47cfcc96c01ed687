package answers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"v1lab/notebooks/figures"
	"v1lab/notebooks/lab/questions"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
)

// mostNeurons is the largest number of neurons that a page may ask about at once, and largestValue the largest size of a number in a question.
const (
	mostNeurons  = 64
	largestValue = 1e6
)

// greyLimit is the value that is white in stimuli and images, in SDs of the training images.
const greyLimit = 3

func init() { answer(questions.Page, page) }

// page answers a page. What it asks comes from a browser, so every number is checked.
func page(ctx context.Context, a Asked, text string) (string, error) {
	var asks questions.PageAsks
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&asks); err != nil {
		return "", fmt.Errorf("question of a page: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", errors.New("question of a page: something follows the question; accepted: one JSON object")
	}
	var shows questions.PageShows
	var err error
	switch {
	case asks.Gabor != nil && asks.Image == nil && asks.Field == nil:
		shows.Gabor, err = shownGabor(ctx, a.Run, *asks.Gabor)
	case asks.Image != nil && asks.Gabor == nil && asks.Field == nil:
		shows.Image, err = shownImage(a.Run, asks.Image.Number)
	case asks.Field != nil && asks.Gabor == nil && asks.Image == nil:
		shows.Field, err = shownFields(ctx, a.Run, *asks.Field)
	default:
		err = errors.New("question of a page: found none or several; accepted: one of gabor, image, field")
	}
	if err != nil {
		return "", err
	}
	answer, err := json.Marshal(shows)
	return string(answer), err
}

// plaid is a page's Gabor as experiments know it; grey if there is none.
func plaid(g *questions.Gabor) (insilico.Plaid, error) {
	if g == nil {
		return nil, nil
	}
	for name, v := range map[string]float64{"x": g.X, "y": g.Y, "size": g.Size, "frequency": g.Frequency, "orientation": g.Orientation, "phase": g.Phase, "contrast": g.Contrast} {
		if !(math.Abs(v) <= largestValue) || name == "size" && v <= 0 {
			return nil, fmt.Errorf("gabor: %s: found %g; accepted: numbers up to %g, sizes above 0", name, v, float64(largestValue))
		}
	}
	radians := func(degrees float64) float64 { return math.Pi * degrees / 180 }
	return insilico.Plaid{{X: g.X, Y: g.Y, Size: g.Size, Frequency: g.Frequency, Contrast: g.Contrast, Orientation: radians(g.Orientation), Phase: radians(g.Phase)}}, nil
}

func shownGabor(ctx context.Context, run *fitted.Run, of questions.GaborAsked) (*questions.GaborShown, error) {
	if n := len(of.Neurons); n > mostNeurons {
		return nil, fmt.Errorf("gabor: found %d neurons; accepted: at most %d", n, mostNeurons)
	}
	s, err := run.Subject(ctx)
	if err != nil {
		return nil, err
	}
	p, err := plaid(of.Gabor)
	if err != nil {
		return nil, err
	}
	screen, err := s.Screen(of.Neurons)
	if err != nil {
		return nil, err
	}
	pictures, all, err := screen.Show(p)
	if err != nil {
		return nil, err
	}
	picture, rates := pictures.Data.([]float32), all.Data.([]float32)
	for i, v := range rates {
		if v-v != 0 {
			return nil, fmt.Errorf("gabor: the rate of neuron %d is not finite", of.Neurons[i])
		}
	}
	shown := &questions.GaborShown{Rates: rates}
	if of.Numbers {
		shown.Values = picture
	}
	shown.Picture, err = grey(picture, s)
	return shown, err
}

// grey draws a stimulus or an image [height, width].
func grey(values []float32, s *insilico.Subject) (p questions.Picture, err error) {
	p.Limit = greyLimit
	p.PNG, err = figures.ThumbnailUpTo(greyLimit, figures.Grey, values, s.Model.Shape.Height, s.Model.Shape.Width)
	return p, err
}

// image is an image of the validation part as the model sees it.
func image(run *fitted.Run, number int) ([]float32, error) {
	d, err := run.Recording()
	if err != nil {
		return nil, err
	}
	if n := d.Val.Images.N; number < 0 || number >= n {
		return nil, fmt.Errorf("image: found number %d; accepted: 0 to %d, the images of the validation part", number, n-1)
	}
	return d.Val.Images.At(number), nil
}

func shownImage(run *fitted.Run, number int) (*questions.Picture, error) {
	values, err := image(run, number)
	if err != nil {
		return nil, err
	}
	s, err := run.Subject(context.Background())
	if err != nil {
		return nil, err
	}
	p, err := grey(meanOfChannels(values, s.Model.Shape.Channels), s)
	return &p, err
}

// meanOfChannels is the mean over the channels of an image or a field, [height, width].
func meanOfChannels(values []float32, channels int) []float32 {
	if channels == 1 {
		return values
	}
	mean := make([]float32, len(values)/channels)
	for i := range mean {
		for _, v := range values[i*channels : (i+1)*channels] {
			mean[i] += v / float32(channels)
		}
	}
	return mean
}

func shownFields(ctx context.Context, run *fitted.Run, of questions.FieldAsked) (all []questions.FieldShown, err error) {
	s, err := run.Subject(ctx)
	if err != nil {
		return nil, err
	}
	shape := s.Model.Shape
	if of.Neuron < 0 || of.Neuron >= shape.Neurons {
		return nil, fmt.Errorf("field: found neuron %d; accepted: 0 to %d", of.Neuron, shape.Neurons-1)
	}
	if !(of.X >= 0 && of.X <= float64(shape.Width-1) && of.Y >= 0 && of.Y <= float64(shape.Height-1)) {
		return nil, fmt.Errorf("field: found pixel (%g, %g); accepted: (0, 0) to (%d, %d)", of.X, of.Y, shape.Width-1, shape.Height-1)
	}
	at, err := lookedAt(run, s, of)
	if err != nil {
		return nil, err
	}
	there, err := nearest(run, s, of)
	if err != nil {
		return nil, err
	}
	neurons := []int{of.Neuron, there}
	f, err := s.Fields(ctx, neurons, at, nil)
	if err != nil {
		return nil, err
	}
	pixels := shape.Height * shape.Width * shape.Channels
	for i, n := range neurons {
		shown := questions.FieldShown{Neuron: n, Dead: f.Dead[i]}
		shown.Row, shown.Column = s.Centre(n)
		if !shown.Dead {
			values := meanOfChannels(f.Raw.Data.([]float32)[i*pixels:(i+1)*pixels], shape.Channels)
			for _, v := range values {
				if v-v != 0 {
					return nil, fmt.Errorf("field: that of neuron %d is not finite", n)
				}
				shown.Limit = max(shown.Limit, math.Abs(float64(v)))
			}
			if shown.PNG, err = figures.Thumbnail(figures.Diverging, values, shape.Height, shape.Width); err != nil {
				return nil, err
			}
			if of.Numbers {
				shown.Values = values
			}
		}
		all = append(all, shown)
	}
	return all, nil
}

// lookedAt is the image [height, width, channels] at which fields are asked for.
func lookedAt(run *fitted.Run, s *insilico.Subject, of questions.FieldAsked) ([]float32, error) {
	if of.Gabor == nil {
		return image(run, of.Number)
	}
	p, err := plaid(of.Gabor)
	if err != nil {
		return nil, err
	}
	picture, err := s.Picture(p)
	if err != nil {
		return nil, err
	}
	var all []float32
	for _, v := range picture {
		for range s.Model.Shape.Channels {
			all = append(all, v)
		}
	}
	return all, nil
}

// nearest is the living neuron whose mask peaks nearest to a pixel: of several that do, the asked one or the first.
func nearest(run *fitted.Run, s *insilico.Subject, of questions.FieldAsked) (int, error) {
	silence, err := run.Silence()
	if err != nil {
		return 0, err
	}
	least, found := math.Inf(1), of.Neuron
	for n := range s.Model.Shape.Neurons {
		if silence[n] != fitted.Responds {
			continue
		}
		row, column := s.Centre(n)
		if d := math.Hypot(float64(row)-of.Y, float64(column)-of.X); d < least || d == least && n == of.Neuron {
			least, found = d, n
		}
	}
	return found, nil
}
