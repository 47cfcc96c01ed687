package datasets

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Join joins several sessions into one dataset with one block of responses. Together keeps the sessions apart and takes less memory; Join is for what
// knows one block only.
//
// Images and neurons follow in the order of the sessions. Neuron.Session becomes the session's name; there must be one name for each
// session, all different. An image that several sessions saw gets a row for each of them. A neuron's responses to images of other sessions
// are NaN, and so are repeats that a session has fewer of than another. The result has the covariates of all sessions, NaN where a session
// lacks one. The truth is kept if all sessions have one with the same types. Splits are dropped: their indices refer to one session.
//
// All sessions must have the same image size, and all must be raw or normalised with the same image statistics. To normalise afterwards
// gives all images the same statistics and each neuron its own.
//
// Responses are stored for every pair of image and neuron, so k sessions of equal size take k times the memory for responses that they
// take separately, both here and on the device. Images take the same memory as separately. Join does not change the sessions. Only the
// arrays of a single session are shared with the result.
func Join(sessions []*Dataset, names []string) (*Dataset, error) {
	if err := allJoinable(sessions, names); err != nil {
		return nil, err
	}
	first := sessions[0]
	d := &Dataset{Spec: first.Spec, Truth: joinTruth(sessions), Preparation: first.Preparation.images(), Notes: joinNotes(sessions, names)}
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
		d.Neurons = append(d.Neurons, named(s, names[k])...)
	}
	return d, nil
}

// joinable returns an error if d cannot be joined with first. Parts may be empty.
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

// offset is the first image and the first neuron of a session in the joined dataset.
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
	r.Values = notRecorded(r.N * r.Neurons)
	var at offset
	var covariates []sessionCovariates
	for _, d := range sessions {
		p := of(d)
		joined.Images.Pixels = append(joined.Images.Pixels, p.Images.Pixels...)
		for i := range p.Responses.N {
			copy(r.At(at.image + i)[at.neuron:], p.Responses.At(i))
		}
		covariates = append(covariates, sessionCovariates{p.Covariates, p.Responses.N, 1})
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
	r.Values = notRecorded(r.Repeats * r.N * r.Neurons)
	if slices.ContainsFunc(sessions, func(d *Dataset) bool { return len(d.Test.Expected.Values) > 0 }) {
		joined.Expected = Responses{N: r.N, Neurons: r.Neurons, Values: notRecorded(r.N * r.Neurons)}
	}
	var at offset
	var covariates []sessionCovariates
	for _, d := range sessions {
		joined.Images.Pixels = append(joined.Images.Pixels, d.Test.Images.Pixels...)
		for i := range d.Test.Expected.N {
			copy(joined.Expected.At(at.image + i)[at.neuron:], d.Test.Expected.At(i))
		}
		for repeat := range d.Test.Responses.Repeats {
			for i := range d.Test.Responses.N {
				copy(r.At(repeat, at.image+i)[at.neuron:], d.Test.Responses.At(repeat, i))
			}
		}
		covariates = append(covariates, sessionCovariates{d.Test.Covariates, d.Test.Images.N, d.Test.Responses.Repeats})
		at.image += d.Test.Images.N
		at.neuron += d.NumNeurons()
	}
	joined.Covariates = joinCovariates(covariates)
	return joined
}

// sessionCovariates holds one session's covariates, [repeats, n, names].
type sessionCovariates struct {
	Covariates
	n, repeats int
}

func joinCovariates(tables []sessionCovariates) (joined Covariates) {
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
	joined.Values = notRecorded(repeats * total * width)
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
	joined.ResponseSD, joined.Unscaled, joined.Clipped = nil, nil, 0
	for _, d := range sessions {
		if r := d.Normalisation.ImageRange; len(r) != 2 || len(joined.ImageRange) != 2 {
			joined.ImageRange = nil
		} else {
			joined.ImageRange = []float64{min(r[0], joined.ImageRange[0]), max(r[1], joined.ImageRange[1])}
		}
		n := d.Normalisation
		joined.Unscaled = joined.Unscaled.join(n.Unscaled, len(joined.ResponseSD))
		joined.ResponseSD = append(joined.ResponseSD, n.ResponseSD...)
		joined.Clipped += n.Clipped
	}
	return &joined
}

// emptyImages returns images with capacity for n.
func emptyImages(n int, s Size) Images {
	return Images{N: n, Height: s.Height, Width: s.Width, Channels: s.Channels, Pixels: make([]float32, 0, n*s.Height*s.Width*s.Channels)}
}

// ImageSize returns the image size of the first part that has images.
func (d *Dataset) ImageSize() Size {
	for _, p := range d.parts() {
		if p.images.N > 0 {
			return p.images.Shape()
		}
	}
	return d.Train.Images.Shape()
}

// notRecorded returns n missing responses.
func notRecorded(n int) []float32 { return slices.Repeat([]float32{float32(math.NaN())}, n) }
