package datasets

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Join makes one dataset of several sessions: one core sees the images of all, and each neuron's readout learns from its own session.
//
// Images and neurons follow each other in the order of the sessions; Neuron.Session becomes the session's name, which must be given once
// for each and differ. An image that several sessions saw stays a row of its own in each. Responses of neurons that were not recorded
// with an image are NaN, as are the repeats that a session has fewer than another. Covariates are those of any session, NaN where a
// session has none of that name. The truth is kept if all sessions have one with the same types, a split is not: its indices are those
// of one session.
//
// Image sizes must agree, and the sessions be all raw or all normalised with the same image statistics; to normalise afterwards gives
// all images the same statistics and each neuron its own.
//
// The cost is memory: responses are stored for every pair of image and neuron, and so k sessions of one size take k times the memory
// for responses that they take apart, here and on the device. Images take what they take apart. The sessions are not changed, and
// nothing is shared with them but a single session's arrays.
func Join(sessions []*Dataset, names []string) (*Dataset, error) {
	if len(sessions) == 0 || len(names) != len(sessions) {
		return nil, fmt.Errorf("join: %d sessions and %d names, want at least one session and a name for each", len(sessions), len(names))
	}
	for k, d := range sessions {
		if names[k] == "" || slices.Contains(names[:k], names[k]) {
			return nil, fmt.Errorf("join: name %q of session %d, want names that are not empty and differ", names[k], k)
		}
		if err := joinable(d, sessions[0]); err != nil {
			return nil, fmt.Errorf("join: session %s: %w", names[k], err)
		}
	}
	first := sessions[0]
	d := &Dataset{Spec: first.Spec, Truth: joinTruth(sessions), Preparation: first.Preparation.images()}
	if len(sessions) == 1 {
		*d = *first
		d.Neurons = nil
	} else {
		d.Train = joinParts(sessions, func(d *Dataset) Part { return d.Train })
		d.Val = joinParts(sessions, func(d *Dataset) Part { return d.Val })
		d.Test = joinTests(sessions)
		d.Normalisation = joinNormalisation(sessions)
	}
	for k, s := range sessions {
		for j := range s.NumNeurons() {
			n := Neuron{X: math.NaN(), Y: math.NaN(), Z: math.NaN()}
			if s.Neurons != nil {
				n = s.Neurons[j]
			}
			n.Session = names[k]
			d.Neurons = append(d.Neurons, n)
		}
	}
	return d, nil
}

// joinable says what keeps d from being joined with first. Parts may be empty.
func joinable(d, first *Dataset) error {
	if err := d.Consistent(); err != nil {
		return err
	}
	if d.ImagesMissing() != first.ImagesMissing() {
		return errors.New("the training images are missing from some sessions, want all or none")
	}
	want := first.ImageSize()
	for _, p := range d.parts() {
		if p.images.N > 0 && p.images.Shape() != want {
			return fmt.Errorf("%s_images of %s, want %s as in the first session", p.part, p.images.Shape(), want)
		}
	}
	if !d.Normalisation.sameImages(first.Normalisation) {
		return errors.New("normalised otherwise than the first session; join raw sessions and normalise afterwards")
	}
	if a, b := d.Preparation.images(), first.Preparation.images(); a.String() != b.String() {
		return fmt.Errorf("images were prepared by %s, those of the first session by %s", a, b)
	}
	return nil
}

// offset is where a session begins in the joined dataset.
type offset struct{ image, neuron int }

func joinParts(sessions []*Dataset, of func(*Dataset) Part) Part {
	var joined Part
	for _, d := range sessions {
		p := of(d)
		joined.Images.N += p.Images.N
		joined.Responses.N += p.Responses.N
		joined.Responses.Neurons += d.NumNeurons()
	}
	joined.Images = emptyImages(joined.Images.N, sessions[0].ImageSize())
	r := &joined.Responses
	r.Values = missing(r.N * r.Neurons)
	var at offset
	var covariates []tableAt
	for _, d := range sessions {
		p := of(d)
		joined.Images.Pixels = append(joined.Images.Pixels, p.Images.Pixels...)
		for i := range p.Responses.N {
			copy(r.At(at.image + i)[at.neuron:], p.Responses.At(i))
		}
		covariates = append(covariates, tableAt{p.Covariates, p.Responses.N, 1})
		at.image += p.Responses.N
		at.neuron += d.NumNeurons()
	}
	joined.Covariates = joinCovariates(covariates)
	return joined
}

func joinTests(sessions []*Dataset) TestPart {
	var joined TestPart
	r := &joined.Responses
	for _, d := range sessions {
		joined.Images.N += d.Test.Images.N
		r.Neurons += d.NumNeurons()
		r.Repeats = max(r.Repeats, d.Test.Responses.Repeats)
	}
	joined.Images = emptyImages(joined.Images.N, sessions[0].ImageSize())
	r.N = joined.Images.N
	r.Values = missing(r.Repeats * r.N * r.Neurons)
	var at offset
	var covariates []tableAt
	for _, d := range sessions {
		joined.Images.Pixels = append(joined.Images.Pixels, d.Test.Images.Pixels...)
		for repeat := range d.Test.Responses.Repeats {
			for i := range d.Test.Responses.N {
				copy(r.At(repeat, at.image+i)[at.neuron:], d.Test.Responses.At(repeat, i))
			}
		}
		covariates = append(covariates, tableAt{d.Test.Covariates, d.Test.Images.N, d.Test.Responses.Repeats})
		at.image += d.Test.Images.N
		at.neuron += d.NumNeurons()
	}
	joined.Covariates = joinCovariates(covariates)
	return joined
}

// tableAt is one session's covariates, [repeats, n, names].
type tableAt struct {
	Covariates
	n, repeats int
}

func joinCovariates(tables []tableAt) (joined Covariates) {
	total, repeats := 0, 0
	for _, t := range tables {
		total += t.n
		repeats = max(repeats, t.repeats)
		for _, name := range t.Names {
			if !slices.Contains(joined.Names, name) {
				joined.Names = append(joined.Names, name)
			}
		}
	}
	if len(joined.Names) == 0 {
		return joined
	}
	width := len(joined.Names)
	joined.Values = missing(repeats * total * width)
	start := 0
	for _, t := range tables {
		for column, name := range t.Names {
			to := slices.Index(joined.Names, name)
			for repeat := range t.repeats {
				for i := range t.n {
					joined.Values[(repeat*total+start+i)*width+to] = t.Values[(repeat*t.n+i)*len(t.Names)+column]
				}
			}
		}
		start += t.n
	}
	return joined
}

func joinTruth(sessions []*Dataset) *Truth {
	joined := &Truth{}
	for k, d := range sessions {
		t := d.Truth
		if t == nil || k > 0 && !slices.Equal(t.TypeNames, joined.TypeNames) {
			return nil
		}
		joined.TypeNames = t.TypeNames
		joined.Type = append(joined.Type, t.Type...)
		joined.Orientation = append(joined.Orientation, t.Orientation...)
		joined.X = append(joined.X, t.X...)
		joined.Y = append(joined.Y, t.Y...)
	}
	return joined
}

func joinNormalisation(sessions []*Dataset) *Normalisation {
	if sessions[0].Normalisation == nil {
		return nil
	}
	joined := *sessions[0].Normalisation
	joined.ResponseSD = nil
	for _, d := range sessions {
		joined.ResponseSD = append(joined.ResponseSD, d.Normalisation.ResponseSD...)
	}
	return &joined
}

// emptyImages has room for n images.
func emptyImages(n int, s Size) Images {
	return Images{N: n, Height: s.Height, Width: s.Width, Channels: s.Channels, Pixels: make([]float32, 0, n*s.Height*s.Width*s.Channels)}
}

// ImageSize is that of the first part that has images.
func (d *Dataset) ImageSize() Size {
	for _, p := range d.parts() {
		if p.images.N > 0 {
			return p.images.Shape()
		}
	}
	return d.Train.Images.Shape()
}

// missing is n times "not recorded".
func missing(n int) []float32 { return slices.Repeat([]float32{float32(math.NaN())}, n) }
