package nwb2

import (
	"math"
	"slices"

	"v1lab/datasets/array"
)

// series is a TimeSeries: values that were stored, how to unpack them, and the time of each sample.
type series struct {
	path          string
	data          array.Array // [samples] or [samples, columns]
	columns       int
	stride        [2]int // distance in data between samples, and between columns
	scale, offset float64
	times         []float64 // seconds, ascending
	step          float64   // median time between samples, 0 if there is only one
}

// times reads the times of n samples: timestamps, or a starting time and a rate. If n is below 0, timestamps are wanted.
func (f *file) times(path string, n int) ([]float64, error) {
	const stamps, start = "/timestamps", "/starting_time"
	if f.has(path + stamps) {
		times, err := f.floats(path + stamps)
		if err != nil {
			return nil, err
		}
		for i, t := range times {
			if math.IsNaN(t) || math.IsInf(t, 0) {
				return nil, f.fault(path+stamps, "time %v at position %d", t, i)
			}
		}
		return times, nil
	}
	if !f.has(path + start) {
		return nil, f.fault(path, "no timestamps and no starting_time")
	}
	a, err := f.Read(path + start)
	if err != nil {
		return nil, err
	}
	first, err := a.Float64s()
	if err != nil || len(first) != 1 {
		return nil, f.fault(path+start, "shape %s of %s, want one number", array.FormatShape(a.Shape), a.Type())
	}
	rate, err := f.number(path+start, "rate", math.NaN())
	if err != nil {
		return nil, err
	}
	if !(rate > 0) || math.IsInf(rate, 0) || math.IsNaN(first[0]) || math.IsInf(first[0], 0) {
		return nil, f.fault(path+start, "starts at %v s with a rate of %v Hz, want numbers and a rate above 0", first[0], rate)
	}
	times := make([]float64, n)
	for i := range times {
		times[i] = first[0] + float64(i)/rate
	}
	return times, nil
}

// series reads a TimeSeries of one or two dimensions. width is the number of columns if it is known, otherwise 0: [columns, samples] is then
// recognised, too.
func (f *file) series(path string, width int) (*series, error) {
	name := path + "/data"
	info, err := f.Info(name)
	if err != nil {
		return nil, err
	}
	if len(info.Shape) < 1 || len(info.Shape) > 2 || slices.Contains(info.Shape, 0) {
		return nil, f.fault(name, "shape %s, want [samples] or [samples, columns], every length above 0", array.FormatShape(info.Shape))
	}
	s := &series{path: path, columns: 1, stride: [2]int{1, 1}}
	samples := info.Shape[0]
	if len(info.Shape) == 2 {
		s.columns, s.stride = info.Shape[1], [2]int{info.Shape[1], 1}
	}
	turned := len(info.Shape) == 2 && width > 0 && info.Shape[0] == width && info.Shape[1] != width
	if turned {
		samples, s.columns, s.stride = info.Shape[1], info.Shape[0], [2]int{1, info.Shape[1]}
	}
	if s.times, err = f.times(path, samples); err != nil {
		return nil, err
	}
	if len(s.times) != samples {
		return nil, f.fault(path, "%d timestamps for data of shape %s, want one for each sample", len(s.times), array.FormatShape(info.Shape))
	}
	if i := descent(s.times); i > 0 {
		return nil, f.fault(path+"/timestamps", "times go back at position %d, from %v s to %v s", i, s.times[i-1], s.times[i])
	}
	s.step = medianStep(s.times)
	if s.scale, err = f.number(name, "conversion", 1); err != nil {
		return nil, err
	}
	if s.offset, err = f.number(name, "offset", 0); err != nil {
		return nil, err
	}
	if math.IsNaN(s.scale) || math.IsInf(s.scale, 0) || s.scale == 0 || math.IsNaN(s.offset) || math.IsInf(s.offset, 0) {
		return nil, f.fault(name, "conversion %v and offset %v, want numbers and a conversion other than 0", s.scale, s.offset)
	}
	if s.data, err = f.Read(name); err != nil {
		return nil, err
	}
	switch s.data.Type() {
	case "str", "bool":
		return nil, f.fault(name, "dtype %s, want numbers", s.data.Type())
	}
	return s, nil
}

// descent returns the first position at which times go back, 0 if none do.
func descent(times []float64) int {
	for i := 1; i < len(times); i++ {
		if times[i] < times[i-1] {
			return i
		}
	}
	return 0
}

// medianStep returns the median time between samples, 0 if there is only one.
func medianStep(times []float64) float64 {
	if len(times) < 2 {
		return 0
	}
	steps := make([]float64, len(times)-1)
	for i := range steps {
		steps[i] = times[i+1] - times[i]
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}

// span is a time from and to, in seconds.
type span struct{ from, to float64 }

// rounding is what times of equal moments may differ by after arithmetic, in seconds.
const rounding = 1e-6

// samples returns the samples from first to before last that lie in a span: from <= time < to.
func samples(times []float64, s span) (first, last int) {
	first, _ = slices.BinarySearch(times, s.from-rounding)
	last, _ = slices.BinarySearch(times, s.to-rounding)
	return first, max(first, last)
}

// covers reports whether the series was recorded during the whole span.
func (s *series) covers(w span) bool {
	return w.from >= s.times[0]-s.step-rounding && w.to <= s.times[len(s.times)-1]+1.5*s.step+rounding
}

// mean writes to out, [columns], the means over the samples in a span. Samples that are NaN are left out; without any sample, and if the series
// was not recorded during the whole span, the mean is NaN. sum is room for [columns] numbers.
func (s *series) mean(w span, out []float32, sum []float64) {
	first, last := samples(s.times, w)
	if !s.covers(w) || first == last {
		for c := range out {
			out[c] = missing
		}
		return
	}
	switch data := s.data.Data.(type) {
	case []float32:
		average(s, data, first, last, out, sum)
	case []float64:
		average(s, data, first, last, out, sum)
	case []int8:
		average(s, data, first, last, out, sum)
	case []int16:
		average(s, data, first, last, out, sum)
	case []int32:
		average(s, data, first, last, out, sum)
	case []int64:
		average(s, data, first, last, out, sum)
	case []uint8:
		average(s, data, first, last, out, sum)
	case []uint16:
		average(s, data, first, last, out, sum)
	case []uint32:
		average(s, data, first, last, out, sum)
	case []uint64:
		average(s, data, first, last, out, sum)
	}
}

var missing = float32(math.NaN())

func average[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64](s *series, data []T, first, last int, out []float32, sum []float64) {
	clear(sum)
	if s.stride[1] == 1 && s.columns > 1 { // a row after another
		for t := first; t < last; t++ {
			for c, v := range data[t*s.columns : (t+1)*s.columns] {
				sum[c] += float64(v)
			}
		}
	} else {
		for c := range sum {
			for t := first; t < last; t++ {
				sum[c] += float64(data[t*s.stride[0]+c*s.stride[1]])
			}
		}
	}
	for c, v := range sum {
		n := last - first
		if math.IsNaN(v) { // some samples are NaN
			v, n = 0, 0
			for t := first; t < last; t++ {
				if x := float64(data[t*s.stride[0]+c*s.stride[1]]); !math.IsNaN(x) {
					v += x
					n++
				}
			}
		}
		out[c] = float32(v/float64(n)*s.scale + s.offset) // 0/0 gives NaN
	}
}
