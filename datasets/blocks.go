package datasets

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
)

// Together holds several sessions in one dataset, for one core that sees the images of all of them. Responses stay apart, session by session, so that
// k sessions take k times the memory of one: an image of one session has no place for the neurons of another.
//
// In the result, images, covariates and neurons follow in the order of the sessions, as those of Join. Train, Val and Test have all images and covariates,
// and their Responses have N and Neurons but no Values: these are in Sessions, one dataset for each, whose images are parts of the result's. Covariates
// that a session lacks are NaN for it. The truth is kept if all sessions have one with the same types. Splits are dropped: their indices refer to one session.
//
// There must be one name for each session, all different; Neuron.Session becomes it. All sessions must have the same image size and preparation of images,
// and all must be raw or normalised with the same image statistics. One session alone is returned as Join returns it. Together does not change the sessions.
func Together(sessions []*Dataset, names []string) (*Dataset, error) {
	if len(sessions) < 2 {
		return Join(sessions, names)
	}
	if err := allJoinable(sessions, names); err != nil {
		return nil, err
	}
	first := sessions[0]
	d := &Dataset{Spec: first.Spec, Truth: joinTruth(sessions), Preparation: first.Preparation.images(), Normalisation: joinNormalisation(sessions), Notes: joinNotes(sessions, names)}
	for k, s := range sessions {
		own := *s
		own.Session, own.Notes, own.Split, own.Layout, own.Preparation = names[k], nil, nil, nil, d.Preparation
		own.Neurons = named(s, names[k])
		d.Sessions = append(d.Sessions, &own)
	}
	d.widen()
	d.Gather()
	return d, nil
}

// widen gives the sessions the covariates of all, NaN where one lacks them.
func (d *Dataset) widen() {
	of := func(s *Dataset) []sessionCovariates {
		return []sessionCovariates{{s.Train.Covariates, s.Train.Responses.N, 1}, {s.Val.Covariates, s.Val.Responses.N, 1}, {s.Test.Covariates, s.Test.Responses.N, s.Test.Responses.Repeats}}
	}
	for part := range 3 {
		var names []sessionCovariates // without trials
		for _, s := range d.Sessions {
			names = append(names, sessionCovariates{Covariates: Covariates{Names: of(s)[part].Names}})
		}
		for _, s := range d.Sessions {
			wide := joinCovariates(append(slices.Clone(names), of(s)[part]))
			*[]*Covariates{&s.Train.Covariates, &s.Val.Covariates, &s.Test.Covariates}[part] = wide
		}
	}
}

// Blocks returns the sessions that the responses are stored by, [images of the session, neurons of the session]: d itself if there is one.
func (d *Dataset) Blocks() []*Dataset {
	if d.Sessions == nil {
		return []*Dataset{d}
	}
	return d.Sessions
}

// Gather makes images, covariates, neurons, and the numbers of images and neurons those of the sessions, after sessions were changed. It does nothing for a dataset without.
func (d *Dataset) Gather() {
	if d.Sessions == nil {
		return
	}
	size := d.Sessions[0].ImageSize()
	d.Neurons = nil
	for _, s := range d.Sessions {
		d.Neurons = append(d.Neurons, s.Neurons...)
	}
	for _, part := range []func(*Dataset) (*Images, *Covariates, int, int){
		func(s *Dataset) (*Images, *Covariates, int, int) {
			return &s.Train.Images, &s.Train.Covariates, s.Train.Responses.N, 1
		},
		func(s *Dataset) (*Images, *Covariates, int, int) {
			return &s.Val.Images, &s.Val.Covariates, s.Val.Responses.N, 1
		},
		func(s *Dataset) (*Images, *Covariates, int, int) {
			return &s.Test.Images, &s.Test.Covariates, s.Test.Responses.N, s.Test.Responses.Repeats
		},
	} {
		var own []*Images
		var tables []sessionCovariates
		for _, s := range d.Sessions {
			images, covariates, trials, repeats := part(s)
			own = append(own, images)
			tables = append(tables, sessionCovariates{*covariates, trials, repeats})
		}
		images, covariates, _, _ := part(d)
		images.Pixels = inOneArray(own, images.Pixels)
		images.N, images.Height, images.Width, images.Channels = 0, size.Height, size.Width, size.Channels
		for _, im := range own {
			images.N += im.N
		}
		*covariates = joinCovariates(tables)
	}
	train, val, test := Responses{}, Responses{}, Repeats{}
	for _, s := range d.Sessions {
		train.N, val.N, test.N = train.N+s.Train.Responses.N, val.N+s.Val.Responses.N, test.N+s.Test.Responses.N
		train.Neurons += s.NumNeurons()
		test.Repeats = max(test.Repeats, s.Test.Responses.Repeats)
	}
	val.Neurons, test.Neurons = train.Neurons, train.Neurons
	d.Train.Responses, d.Val.Responses, d.Test.Responses = train, val, test
}

// inOneArray returns the pixels of all images in one array and makes each session's part of it. Nothing is copied if they already follow each other in known
// or in the memory behind the first session's, as a reader may arrange it that makes all of them.
func inOneArray(sessions []*Images, known []float32) []float32 {
	total := 0
	var first []float32
	for _, im := range sessions {
		if total == 0 {
			first = im.Pixels
		}
		total += len(im.Pixels)
	}
	all, copied := make([]float32, 0), true
	for _, candidate := range [][]float32{known, first} {
		if cap(candidate) >= total && inTurn(sessions, candidate[:total]) {
			all, copied = candidate[:0:total], false
		}
	}
	if copied {
		all = make([]float32, 0, total)
	}
	for _, im := range sessions {
		from := len(all)
		if all = all[:from+len(im.Pixels)]; copied {
			copy(all[from:], im.Pixels)
		}
		im.Pixels = all[from:len(all):len(all)]
		if copied && total*4 >= manyBytes {
			debug.FreeOSMemory() // of the session's own pixels, or memory would be twice that of the images
		}
	}
	return all
}

// manyBytes is the size from which it is worth the time to give memory back at once.
const manyBytes = 256 << 20

// inTurn tells whether all begins with the pixels of the sessions, one after the other.
func inTurn(sessions []*Images, all []float32) bool {
	for _, im := range sessions {
		n := len(im.Pixels)
		if n > 0 && &all[0] != &im.Pixels[0] {
			return false
		}
		all = all[n:]
	}
	return true
}

// ShareImages makes the images of the sessions parts of d's, after those were changed. It does nothing for a dataset without.
func (d *Dataset) ShareImages() {
	var at [3]int
	for _, s := range d.Sessions {
		for i, images := range []*Images{&s.Train.Images, &s.Val.Images, &s.Test.Images} {
			all := d.parts()[i].images
			n := images.N
			*images = all
			images.N, images.Pixels = n, all.Pixels[at[i]:at[i]+n*all.Size():at[i]+n*all.Size()]
			at[i] += n * all.Size()
		}
	}
}

// Dense returns a dataset in which the responses of all sessions are one block, as Join makes it: for formats and methods that know no other. Its memory
// grows with the square of the number of sessions. A dataset without sessions is returned as it is.
func (d *Dataset) Dense() (*Dataset, error) {
	if d.Sessions == nil {
		return d, nil
	}
	var names []string
	for _, s := range d.Sessions {
		names = append(names, s.Session)
	}
	joined, err := Join(d.Sessions, names)
	if err != nil {
		return nil, err
	}
	joined.Spec, joined.Truth, joined.Preparation, joined.Normalisation = d.Spec, d.Truth, d.Preparation, d.Normalisation
	joined.Split, joined.Notes, joined.Layout = d.Split, d.Notes, d.Layout
	joined.Train.Covariates, joined.Val.Covariates, joined.Test.Covariates = d.Train.Covariates, d.Val.Covariates, d.Test.Covariates
	return joined, nil
}

// TrainMeans averages each neuron's recorded training responses, [neurons]. A neuron without any has NaN.
func (d *Dataset) TrainMeans() (means []float32) {
	for _, b := range d.Blocks() {
		means = append(means, b.Train.Responses.Means()...)
	}
	return means
}

// Silent lists the neurons whose training responses never vary: see Responses.Silent.
func (d *Dataset) Silent() (silent []int) {
	first := 0
	for _, b := range d.Blocks() {
		for _, n := range b.Train.Responses.Silent() {
			silent = append(silent, first+n)
		}
		first += b.NumNeurons()
	}
	return silent
}

// SessionOf returns the block of a neuron, and its index there.
func (d *Dataset) SessionOf(neuron int) (block *Dataset, index int) {
	for _, b := range d.Blocks() {
		if neuron < b.NumNeurons() {
			return b, neuron
		}
		neuron -= b.NumNeurons()
	}
	return nil, -1
}

// eachSession calls f for every session and prefixes its error with the session's name.
func (d *Dataset) eachSession(f func(*Dataset) error) error {
	for _, s := range d.Sessions {
		if err := f(s); err != nil {
			return fmt.Errorf("session %s: %w", s.Session, err)
		}
	}
	return nil
}

// gathered returns an error if the images that d has are not those of its sessions.
func (d *Dataset) gathered() error {
	for i, p := range d.parts() {
		n, pixels := 0, 0
		for _, s := range d.Sessions {
			of := s.parts()[i].images
			n, pixels = n+of.N, pixels+len(of.Pixels)
			if of.N > 0 && of.Shape() != p.images.Shape() {
				return fmt.Errorf("session %s: %s_images of %s, want %s as in the first session", s.Session, p.part, of.Shape(), p.images.Shape())
			}
		}
		if n != p.images.N || pixels != len(p.images.Pixels) {
			return fmt.Errorf("%s_images: %d images, the sessions have %d", p.part, p.images.N, n)
		}
	}
	if len(d.Neurons) != d.NumNeurons() {
		return errors.New("neurons: not those of the sessions")
	}
	return nil
}

// named returns the neurons of a session under its name.
func named(s *Dataset, name string) []Neuron {
	neurons := make([]Neuron, s.NumNeurons())
	for j := range neurons {
		neurons[j] = Neuron{X: math.NaN(), Y: math.NaN(), Z: math.NaN()}
		if s.Neurons != nil {
			neurons[j] = s.Neurons[j]
		}
		neurons[j].Session = name
	}
	return neurons
}

// allJoinable returns an error if sessions and names do not suit Join and Together.
func allJoinable(sessions []*Dataset, names []string) error {
	if len(sessions) == 0 || len(names) != len(sessions) {
		return fmt.Errorf("join: %d sessions and %d names, want at least one session and a name for each", len(sessions), len(names))
	}
	for k, d := range sessions {
		if names[k] == "" || slices.Contains(names[:k], names[k]) {
			return fmt.Errorf("join: name %q of session %d, want names that are not empty and differ", names[k], k)
		}
		if err := joinable(d, sessions[0]); err != nil {
			return fmt.Errorf("join: session %s: %w", names[k], err)
		}
	}
	return nil
}

// joinNotes lists the notes of all sessions, each with its session's name if there are several.
func joinNotes(sessions []*Dataset, names []string) (notes []Finding) {
	for k, s := range sessions {
		for _, note := range s.Notes {
			if len(sessions) > 1 {
				note.Message = "session " + names[k] + ": " + note.Message
				note.Neurons, note.Images = nil, nil // indices refer to one session
			}
			notes = append(notes, note)
		}
	}
	return notes
}
