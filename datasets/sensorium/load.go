package sensorium

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// A job is one trial and the memory for its values.
type job struct {
	trial      int
	image      []float32 // [height, width, channels]
	first      int       // first trial with the same image; if that is another trial, image is already filled and must be equal
	responses  []float32 // [neurons]
	covariates []float32 // [columns]
}

// load reads all trials of the parts.
func (s *session) load() (*datasets.Dataset, error) {
	d := &datasets.Dataset{}
	var firsts, repeats []job
	for trials, part := range s.parts(d) {
		part.Images = s.images(len(trials))
		part.Responses = datasets.Responses{N: len(trials), Neurons: s.neurons, Values: make([]float32, len(trials)*s.neurons)}
		part.Covariates = s.covariates(len(trials))
		for i, trial := range trials {
			firsts = append(firsts, job{trial, part.Images.At(i), trial, part.Responses.At(i), row(part.Covariates, i)})
		}
	}
	n := len(s.test)
	d.Test.Images = s.images(n)
	d.Test.Responses = datasets.Repeats{Repeats: s.repeats, N: n, Neurons: s.neurons, Values: missing(s.repeats * n * s.neurons)}
	d.Test.Covariates = s.covariates(s.repeats * n)
	for i, trials := range s.test {
		for r, trial := range trials {
			j := job{trial, d.Test.Images.At(i), trials[0], d.Test.Responses.At(r, i), row(d.Test.Covariates, r*n+i)}
			if r == 0 {
				firsts = append(firsts, j)
			} else {
				repeats = append(repeats, j)
			}
		}
	}
	for _, jobs := range [][]job{firsts, repeats} {
		if err := s.run(jobs); err != nil {
			return nil, err
		}
	}
	blankToMissing(d.Test.Responses.Values)
	s.dropBlank(d)
	return d, nil
}

// parts yields the training and validation trials with their part.
func (s *session) parts(d *datasets.Dataset) func(func([]int, *datasets.Part) bool) {
	return func(yield func([]int, *datasets.Part) bool) {
		if yield(s.train, &d.Train) {
			yield(s.val, &d.Val)
		}
	}
}

func (s *session) images(n int) datasets.Images {
	shape := s.imageShape
	if len(shape) == 2 {
		shape = []int{1, shape[0], shape[1]}
	}
	im := datasets.Images{N: n, Height: shape[1], Width: shape[2], Channels: shape[0]}
	im.Pixels = make([]float32, n*im.Size())
	return im
}

func (s *session) covariates(rows int) datasets.Covariates {
	return datasets.Covariates{Names: s.columns, Values: missing(rows * len(s.columns))}
}

func row(c datasets.Covariates, i int) []float32 {
	return c.Values[i*len(c.Names) : (i+1)*len(c.Names)]
}

// run does the jobs in parallel and returns the error of the first failed job.
func (s *session) run(jobs []job) error {
	var next atomic.Int64
	failed := make([]error, len(jobs))
	var stop atomic.Bool
	var workers sync.WaitGroup
	for range min(2*runtime.GOMAXPROCS(0), 16, len(jobs)) {
		workers.Go(func() {
			var w worker
			for !stop.Load() {
				i := int(next.Add(1) - 1)
				if i >= len(jobs) {
					return
				}
				if failed[i] = w.do(s, jobs[i]); failed[i] != nil {
					stop.Store(true)
				}
			}
		})
	}
	workers.Wait()
	// Jobs start in order, so all jobs before the first failed one are complete.
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// worker keeps buffers that would otherwise be allocated for every file.
type worker struct {
	buffer []byte
	image  []float32
}

func (w *worker) do(s *session, j job) error {
	if err := w.readImage(s, j); err != nil {
		return err
	}
	if err := w.readRow(s, responses, j.trial, j.responses); err != nil {
		return err
	}
	at := 0
	for i, group := range s.groups {
		if err := w.readRow(s, group, j.trial, j.covariates[at:at+s.widths[i]]); err != nil {
			return err
		}
		at += s.widths[i]
	}
	return nil
}

// floats reads the numbers of one file, into to if that is large enough.
func (w *worker) floats(t *tree, name string, to []float32) (shape []int, values []float32, err error) {
	content, err := t.content(name, w.buffer)
	if err != nil {
		return nil, nil, err
	}
	w.buffer = content
	if shape, values, err = array.DecodeFloat32s(content, slices.Clip(to)); err != nil {
		return nil, nil, t.errorf(name, "%w", err)
	}
	return shape, values, nil
}

// readImage reads one image, or compares it with the image that it repeats.
func (w *worker) readImage(s *session, j job) error {
	name := trialFile(images, j.trial)
	channels := 1
	if len(s.imageShape) == 3 {
		channels = s.imageShape[0]
	}
	repeat := j.first != j.trial
	direct := channels == 1 && !repeat
	to := j.image
	if !direct {
		w.image = slices.Grow(w.image[:0], len(j.image))[:len(j.image)]
		to = w.image
	}
	shape, values, err := w.floats(s.tree, name, to)
	switch {
	case err != nil:
		return err
	case !slices.Equal(shape, s.imageShape):
		return s.tree.errorf(name, "shape %s, want %s as in trial %d", array.FormatShape(shape), array.FormatShape(s.imageShape), s.train[0])
	case repeat && !equalImages(j.image, values, channels):
		return s.tree.errorf(name, "differs from the image of trial %d, of which it should be a repeat", j.first)
	case !repeat && !direct:
		channelsLast(j.image, values, channels)
	}
	return nil
}

// channelsLast converts [channels, height, width] to [height, width, channels].
func channelsLast(to, from []float32, channels int) {
	size := len(from) / channels
	for c := range channels {
		for i, v := range from[c*size : (c+1)*size] {
			to[i*channels+c] = v
		}
	}
}

// equalImages compares [height, width, channels] with [channels, height, width]; NaN equals NaN.
func equalImages(last, first []float32, channels int) bool {
	size := len(first) / channels
	for c := range channels {
		for i, v := range first[c*size : (c+1)*size] {
			if w := last[i*channels+c]; v != w && (v == v || w == w) {
				return false
			}
		}
	}
	return true
}

// readRow reads the responses or covariates of one trial.
func (w *worker) readRow(s *session, group string, trial int, to []float32) error {
	name := trialFile(group, trial)
	shape, values, err := w.floats(s.tree, name, to)
	if err != nil {
		return err
	}
	if len(values) != len(to) || len(shape) == 0 || slices.Max(shape) != len(to) {
		return s.tree.errorf(name, "shape %s, want %d values as in trial %d", array.FormatShape(shape), len(to), s.train[0])
	}
	return nil
}

func missing(n int) []float32 { return slices.Repeat([]float32{float32(math.NaN())}, n) }

// isBlank reports whether all recorded values are 0, which published recordings use for withheld values.
func isBlank(values []float32) bool {
	return !slices.ContainsFunc(values, func(v float32) bool { return v != 0 && v == v })
}

func blankToMissing(values []float32) {
	if !isBlank(values) {
		return
	}
	for i := range values {
		values[i] = float32(math.NaN())
	}
}

// dropBlank drops the groups of covariates that are 0 in every trial.
func (s *session) dropBlank(d *datasets.Dataset) {
	tables := []*datasets.Covariates{&d.Train.Covariates, &d.Val.Covariates, &d.Test.Covariates}
	at := 0
	for _, width := range s.widths {
		blank := true
		for _, t := range tables {
			for i := range len(t.Values) / max(1, len(t.Names)) {
				blank = blank && isBlank(row(*t, i)[at:at+width])
			}
		}
		if !blank {
			at += width
			continue
		}
		for _, t := range tables {
			*t = without(*t, at, width)
		}
	}
}

// without returns the table without width columns from column at.
func without(t datasets.Covariates, at, width int) datasets.Covariates {
	var out datasets.Covariates
	for i := range len(t.Values) / len(t.Names) {
		out.Values = append(append(out.Values, row(t, i)[:at]...), row(t, i)[at+width:]...)
	}
	if len(t.Names) > width {
		out.Names = slices.Concat(t.Names[:at], t.Names[at+width:])
	}
	return out
}
