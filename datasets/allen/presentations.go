package allen

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
)

var missing = float32(math.NaN())

// presentations reads which scene was shown when.
func (e *experiment) presentations(f *file, w window) {
	at := presentation[0]
	if !f.has(at+"data") && f.has(presentation[1]+"data") {
		at = presentation[1]
	}
	_, scenes := f.ints(at+"data", 1)
	name := at + "frame_duration"
	shape, frames := f.ints(name, 2)
	if f.err != nil {
		return
	}
	if shape[0] != len(scenes) || shape[1] != 2 {
		f.fail(name, "shape [%d, %d], want [%d, 2], the first and the last frame of each presentation", shape[0], shape[1], len(scenes))
		return
	}
	for k, scene := range scenes {
		start, end := frames[2*k], frames[2*k+1]
		if scene < -1 {
			f.fail(at+"data", "scene %d at presentation %d, want -1 for a grey screen, or a scene from 0", scene, k)
			return
		}
		if start < 0 || end <= start || end-start > mostFrames/2 {
			f.fail(name, "presentation %d from frame %d to %d, want 1 to %d frames", k, start, end, mostFrames/2)
			return
		}
		if scene >= 0 {
			e.shown = append(e.shown, [2]int{scene, start})
			e.lengths = append(e.lengths, end-start)
		}
	}
	if len(e.shown) == 0 {
		f.fail(at+"data", "no scene among %d presentations", len(scenes))
	}
}

// mean returns the mean of a trace in the window, NaN if the trace does not cover it.
func (w window) mean(trace []float32, start, length int) float32 {
	frames := w.frames
	if frames == 0 {
		frames = 2 * length
	}
	from := start + w.from
	if from+frames > len(trace) || w.baseline > start {
		return missing
	}
	sum, before := 0.0, 0.0
	for _, v := range trace[from : from+frames] {
		sum += float64(v)
	}
	for _, v := range trace[start-w.baseline : start] {
		before += float64(v)
	}
	return float32(sum/float64(frames) - before/float64(max(w.baseline, 1)))
}

// speed reads the running speed at each imaging frame, NaN where it was not measured; nil if the file has none. The encoder may have
// started later than the microscope.
func (f *file) speed(frames int) []float32 {
	if !f.has(speedData) || !f.has(speedTime) || !f.has(traceTime) {
		return nil
	}
	_, speed := f.floats(speedData, 1, 2)
	_, times := f.times(speedTime)
	_, clock := f.times(traceTime)
	if f.err != nil {
		return nil
	}
	if len(clock) != frames {
		f.fail(traceTime, "%d times, want %d as there are frames", len(clock), frames)
		return nil
	}
	if len(times) != len(speed) {
		f.fail(speedTime, "%d times, want %d as there are speeds", len(times), len(speed))
		return nil
	}
	first, _ := slices.BinarySearch(clock, times[0])
	aligned := slices.Repeat([]float32{missing}, frames)
	copy(aligned[first:], speed)
	return aligned
}

func (f *file) times(name string) ([]int, []float64) {
	a := f.read(name, 1)
	if f.err != nil {
		return nil, nil
	}
	values, err := a.Float64s()
	if err != nil {
		f.fail(name, "%v", err)
	}
	return a.Shape, values
}

// describe reads what the file knows about the cells.
func (e *experiment) describe(f *file, cells int) {
	known := datasets.Neuron{X: math.NaN(), Y: math.NaN(), Z: math.NaN()}
	if f.has(sessionID) {
		known.Session = strings.Join(f.read(sessionID).Strings(), " ")
	}
	if f.has(depth) {
		words := strings.Fields(strings.Join(f.read(depth).Strings(), " "))
		if len(words) > 0 {
			if z, err := strconv.ParseFloat(words[0], 64); err == nil {
				known.Z = z
			}
		}
	}
	ids := []string{}
	if f.has(cellIDs) {
		ids = f.read(cellIDs, 1).Strings()
		if f.err == nil && len(ids) != cells {
			f.fail(cellIDs, "%d cells, want %d as there are traces", len(ids), cells)
		}
	}
	if f.err != nil {
		return
	}
	for c := range cells {
		n := known
		if len(ids) > 0 {
			n.ID = ids[c]
		}
		e.neurons = append(e.neurons, n)
	}
}

// averages returns the scenes at index with their mean responses and speeds.
func (e *experiment) averages(of [][]int, index []int) datasets.Part {
	cells := len(e.responses[0])
	p := datasets.Part{Images: e.pictures(index), Responses: datasets.Responses{N: len(index), Neurons: cells}}
	for _, scene := range index {
		for c := range cells {
			p.Responses.Values = append(p.Responses.Values, average(of[scene], func(k int) float32 { return e.responses[k][c] }))
		}
		if e.speed != nil {
			p.Covariates.Values = append(p.Covariates.Values, average(of[scene], func(k int) float32 { return e.speed[k] }))
		}
	}
	p.Covariates.Names = e.covariates()
	return p
}

// average leaves out missing values.
func average(presentations []int, value func(k int) float32) float32 {
	sum, n := 0.0, 0
	for _, k := range presentations {
		if v := value(k); v == v {
			sum += float64(v)
			n++
		}
	}
	if n == 0 {
		return missing
	}
	return float32(sum / float64(n))
}

// repeats returns the scenes at index with every presentation, in the order of time.
func (e *experiment) repeats(of [][]int, index []int) datasets.TestPart {
	cells, most := len(e.responses[0]), 0
	for _, scene := range index {
		most = max(most, len(of[scene]))
	}
	t := datasets.TestPart{Images: e.pictures(index), Responses: datasets.Repeats{Repeats: most, N: len(index), Neurons: cells}}
	t.Responses.Values = slices.Repeat([]float32{missing}, most*len(index)*cells)
	t.Covariates.Names = e.covariates()
	t.Covariates.Values = slices.Repeat([]float32{missing}, most*len(index)*len(t.Covariates.Names))
	for i, scene := range index {
		for r, k := range of[scene] {
			copy(t.Responses.At(r, i), e.responses[k])
			if e.speed != nil {
				t.Covariates.Values[r*len(index)+i] = e.speed[k]
			}
		}
	}
	return t
}

func (e *experiment) covariates() []string {
	if e.speed == nil {
		return nil
	}
	return []string{"running speed"}
}

func (e *experiment) pictures(index []int) datasets.Images {
	im := e.scenes
	im.N, im.Pixels = len(index), make([]float32, 0, len(index)*im.Size())
	for _, i := range index {
		im.Pixels = append(im.Pixels, e.scenes.At(i)...)
	}
	return im
}
